"""All metrics as one text, in the notation that the client reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from prometheus_client import PlatformCollector, ProcessCollector
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.web.metrics.server_metrics import ServerMetrics
from py_pinger.web.metrics.task_metrics import is_held, task_families
from py_pinger.web.view.data import DataSource

_END = b"# EOF\n"


@dataclass(frozen=True, slots=True)
class Notation:
    """How metrics are written down: what the client calls it, and the library's way to it."""

    content_type: str
    write: Callable[[Collector], bytes]


PLAIN = Notation(CONTENT_TYPE_PLAIN_0_0_4, generate_latest)
OPEN_METRICS = Notation(
    openmetrics.CONTENT_TYPE_LATEST, cast("Callable[[Collector], bytes]", openmetrics.generate_latest)
)


class Exposition:
    """Writes all metrics; above `limit` tasks there are none of each, None being no limit.

    It is written anew each time: while tasks are checked, hardly two askers would see the same. May be asked
    from any thread.
    """

    def __init__(self, board: DataSource, limit: int | None) -> None:
        self._board = board
        self._limit = limit
        self._own = CollectorRegistry()
        for collector in (
            ServerMetrics(board),
            ProcessCollector(registry=None),
            PlatformCollector(registry=None),
        ):
            self._own.register(collector)

    def text(self, now: datetime, *, open_metrics: bool) -> tuple[str, bytes]:
        """Return the text as of `now` and, before it, its type."""
        notation = OPEN_METRICS if open_metrics else PLAIN
        return notation.content_type, b"".join((*self._of_tasks(notation, now), notation.write(self._own)))

    def _of_tasks(self, notation: Notation, now: datetime) -> Iterator[bytes]:
        snapshots = self._board.task_snapshots()
        left_out = self._limit is not None and len(snapshots) > self._limit
        silencing = self._board.silencing()
        counts = (*_counts(snapshots, silencing, now), _left_out(len(snapshots) if left_out else 0))
        yield notation.write(_Given(counts)).removesuffix(_END)
        for family, lines in task_families(() if left_out else snapshots, silencing, now):
            yield notation.write(_Given([family])).removesuffix(_END)
            yield lines.encode("utf-8", "replace")


class _Given(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


def _counts(snapshots: Sequence[TaskSnapshot], silencing: ActiveSilences, now: datetime) -> Iterator[Metric]:
    """Yield how many tasks there are of each status, and in trouble."""
    tasks = GaugeMetricFamily("py_pinger_tasks", "Monitored tasks by status.", labels=("status",))
    found = Counter(each.state.shown_status(now) for each in snapshots)
    for status in Status:
        tasks.add_metric((status,), found[status])
    yield tasks
    troubled = [each for each in snapshots if each.state.incident]
    yield GaugeMetricFamily("py_pinger_open_incidents", "Tasks that are in trouble.", len(troubled))
    yield GaugeMetricFamily(
        "py_pinger_held_incidents",
        "Tasks that are in trouble and of which nobody is told.",
        sum(is_held(each, silencing) for each in troubled),
    )


def _left_out(tasks: int) -> Metric:
    return GaugeMetricFamily(
        "py_pinger_tasks_left_out",
        "Tasks without metrics of their own, since there are more than metrics_tasks allows.",
        tasks,
    )
