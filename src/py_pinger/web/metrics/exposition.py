"""All metrics as one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import PlatformCollector, ProcessCollector

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.web.metrics.cluster_metrics import cluster_families
from py_pinger.web.metrics.families import (
    OPEN_METRICS_TYPE,
    PLAIN_TYPE,
    Family,
    from_library,
    gauge,
    gauges,
    render,
)
from py_pinger.web.metrics.server_metrics import server_families
from py_pinger.web.metrics.task_metrics import suppression_matcher, task_families
from py_pinger.web.view.data import DataSource


class Exposition:
    """Renders all metrics.

    Above `limit` tasks there are none for each task, None being no limit.

    Nothing is cached: between two requests some task has nearly always been checked. May be used from any
    thread.
    """

    def __init__(self, data: DataSource, limit: int | None) -> None:
        self._data = data
        self._limit = limit
        self._collectors = (ProcessCollector(registry=None), PlatformCollector(registry=None))

    def text(self, now: datetime, *, open_metrics: bool) -> tuple[str, bytes]:
        """Return the content type, and the text as of `now`."""
        content_type = OPEN_METRICS_TYPE if open_metrics else PLAIN_TYPE
        return content_type, render(self._families(now), open_metrics=open_metrics)

    def _families(self, now: datetime) -> Iterator[Family]:
        # Of a cluster each node has its own tasks, so that Prometheus gets each task once.
        tasks, silences = self._data.owned_tasks(), self._data.active_silences()
        left_out = self._limit is not None and len(tasks) > self._limit
        yield from _counts(tasks, silences, now)
        yield gauge(
            "py_pinger_tasks_left_out",
            "Number of tasks without metrics because there are more than metrics_tasks allows.",
            len(tasks) if left_out else 0,
        )
        yield from task_families(() if left_out else tasks, silences, now)
        yield from server_families(self._data)
        if cluster := self._data.cluster():
            yield from cluster_families(cluster, now)
        for collector in self._collectors:
            yield from from_library(collector.collect())


def _counts(tasks: Sequence[TaskSnapshot], silences: ActiveSilences, now: datetime) -> Iterator[Family]:
    """Yield the numbers of tasks by status, and of open incidents."""
    found = Counter(each.state.shown_status(now) for each in tasks)
    yield gauges(
        "py_pinger_tasks",
        "Number of monitored tasks by status.",
        [({"status": status}, found[status]) for status in Status],
    )
    failing = [each for each in tasks if each.state.incident]
    yield gauge("py_pinger_open_incidents", "Number of open incidents.", len(failing))
    yield gauge(
        "py_pinger_held_incidents",
        "Open incidents with suppressed notifications.",
        sum(map(suppression_matcher(silences), failing)),
    )
