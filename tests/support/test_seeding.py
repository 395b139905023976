"""The made-up past that the browser tests and the screenshots show."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.seeding import CHANNELS, DAY, seed

from py_pinger.core.evaluation.statistics import cadence, uptime
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.notification import DeliveryState
from py_pinger.store import Store

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
DAYS = 4
SOME_DAYS = 1


def told(path: Path) -> tuple[object, ...]:
    """Return all that a newly seeded store has to show."""
    with closing(Store.open(f"sqlite:///{path}")) as store:
        urls = [task.url for task in seed(store, NOW, days=SOME_DAYS)]
        start = NOW - SOME_DAYS * DAY
        return (
            store.task_snapshots(),
            store.spans(urls, start),
            [store.runs(url, start) for url in urls],
            [store.latency(url, start) for url in urls],
            store.incidents(IncidentFilter(), 1000),
            store.channels(CHANNELS, NOW),
        )


def test_the_same_again(tmp_path: Path) -> None:
    """The same moment gives the same past, to the byte of every reason."""
    assert told(tmp_path / "one.db") == told(tmp_path / "two.db")


def test_believable(tmp_path: Path) -> None:
    """There is something of everything to show: troubles of each kind, sleepers, late runs, lost messages."""
    with closing(Store.open(f"sqlite:///{tmp_path}/pinger.db")) as store:
        urls = [task.url for task in seed(store, NOW, days=DAYS)]
        start = NOW - DAYS * DAY
        shown = Counter(snapshot.state.verdict.status for snapshot in store.task_snapshots())
        causes = {snapshot.state.verdict.cause for snapshot in store.task_snapshots()}
        spans = store.spans(urls, start)
        up = [uptime(spans[url], start, NOW) or 0 for url in urls]
        late = sum(cadence(store.runs(url, start, 9999), timedelta(minutes=30)).late for url in urls)
        states = {
            telling.state
            for incident in store.incidents(IncidentFilter(), 1000)
            for telling in incident.notifications
        }
    assert len(urls) == 40
    assert shown.total() == 40
    assert shown[Status.SLEEPING] >= 2
    assert shown[Status.ERROR] >= 4
    assert causes >= {Cause.LATE, Cause.UNREACHABLE, Cause.HTTP, Cause.FAILED}
    assert min(up) < 0.9 < max(up)
    assert late > 0
    assert states == {DeliveryState.DELIVERED, DeliveryState.WAITING, DeliveryState.GIVEN_UP}
