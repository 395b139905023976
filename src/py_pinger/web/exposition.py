"""All metrics as one text, in the notation that the client reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import cast

from prometheus_client import PlatformCollector, ProcessCollector
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from py_pinger.core.model import Listing, Status
from py_pinger.web.board import Board
from py_pinger.web.own_metrics import OwnMetrics
from py_pinger.web.task_metrics import task_families

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
    """Writes all metrics; what it wrote of the tasks is kept for as long as nothing changes of them.

    Above `limit` tasks there are no metrics of each; None is no limit. May be asked from any thread.
    """

    def __init__(self, board: Board, limit: int | None) -> None:
        self._board = board
        self._limit = limit
        self._own = CollectorRegistry()
        for collector in (
            OwnMetrics(board),
            ProcessCollector(registry=None),
            PlatformCollector(registry=None),
        ):
            self._own.register(collector)
        self._lock = Lock()
        self._kept: tuple[str, Notation, bytes] | None = None

    def text(self, stamp: str, now: datetime, *, open_metrics: bool) -> tuple[str, bytes]:
        """Return the text and, before it, its type; the `stamp` changes whenever something of a task does."""
        notation = OPEN_METRICS if open_metrics else PLAIN
        return notation.content_type, self._of_tasks(notation, stamp, now) + notation.write(self._own)

    def _of_tasks(self, notation: Notation, stamp: str, now: datetime) -> bytes:
        with self._lock:
            if self._kept is None or self._kept[:2] != (stamp, notation):
                self._kept = stamp, notation, self._written(notation, now)
            return self._kept[2]

    def _written(self, notation: Notation, now: datetime) -> bytes:
        listings = self._board.listings()
        left_out = self._limit is not None and len(listings) > self._limit
        counted = _Given(_counts(listings, now, len(listings) if left_out else 0))
        pieces = [notation.write(counted)]
        for family, lines in task_families(() if left_out else listings, now):
            pieces += notation.write(_Given([family])), lines.encode("utf-8", "replace")
        return b"".join(piece.removesuffix(_END) for piece in pieces)


class _Given(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


def _counts(listings: Sequence[Listing], now: datetime, left_out: int) -> list[Metric]:
    """Return how many tasks there are of each status, and other numbers of them all."""
    tasks = GaugeMetricFamily("py_pinger_tasks", "Monitored tasks by status.", labels=("status",))
    found = Counter(each.state.shown_status(now) for each in listings)
    for status in Status:
        tasks.add_metric((status,), found[status])
    troubled = sum(each.state.incident is not None for each in listings)
    return [
        tasks,
        GaugeMetricFamily("py_pinger_open_incidents", "Tasks that are in trouble.", troubled),
        GaugeMetricFamily(
            "py_pinger_tasks_left_out",
            "Tasks without metrics of their own, since there are more than metrics_tasks allows.",
            left_out,
        ),
    ]
