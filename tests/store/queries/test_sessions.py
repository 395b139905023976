"""When Py Pinger watched: what a start learns of how the last process life ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.notification.route import Route
from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

Deed = Callable[[Store], object]


def hello(hours: int = 0) -> Notice:
    """Return the greeting of a start some hours after noon."""
    return Notice(NoticeKind.STARTED, NOON + hours * HOUR, text="Hello!")


def begun(hours: int = 0) -> Deed:
    """Say that watching begins some hours after noon."""
    return lambda store: store.record([], [hello(hours)], [Route("slack")])


def seen(hours: int) -> Deed:
    """Say that watching goes on some hours after noon."""
    return lambda store: store.record_alive(NOON + hours * HOUR)


def ended(hours: int) -> Deed:
    """Say that watching ends some hours after noon."""
    return lambda store: store.end_session(NOON + hours * HOUR)


def test_first_start(store: Store) -> None:
    """At the very first start there is no absence to tell of."""
    assert store.downtime() is None


@pytest.mark.parametrize(
    ("deeds", "absence"),
    [
        ([], MonitorDowntime(NOON, clean=False)),
        ([begun()], MonitorDowntime(NOON, clean=False)),
        ([seen(1), seen(2)], MonitorDowntime(NOON + 2 * HOUR, clean=False)),
        ([seen(1), ended(2)], MonitorDowntime(NOON + 2 * HOUR, clean=True)),
        ([ended(1), seen(2)], MonitorDowntime(NOON + 2 * HOUR, clean=False)),
        ([seen(-1)], MonitorDowntime(NOON - HOUR, clean=False)),
    ],
    ids=[
        "crashed at once",
        "written twice",
        "crashed",
        "stopped",
        "went on after all",
        "the clock was set back",
    ],
)
def test_absence(store: Store, deeds: Sequence[Deed], absence: MonitorDowntime) -> None:
    """The next start is told until when the last one watched, and whether it was stopped properly."""
    for deed in (begun(), *deeds):
        deed(store)
    assert store.downtime() == absence
    begun(9)(store)
    assert store.downtime() == MonitorDowntime(NOON + 9 * HOUR, clean=False)


@pytest.mark.parametrize("deed", [seen(5), ended(5)], ids=["seen", "ended"])
def test_a_downtime_that_was_not_notified(url: str, deed: Deed) -> None:
    """Until the start notice with it is stored, a downtime is that of the former process."""
    with closing(Store.open(url)) as former:
        begun()(former)
    with closing(Store.open(url)) as store:
        deed(store)
        assert store.downtime() == MonitorDowntime(NOON, clean=False)
        begun(5)(store)
        assert store.downtime() == MonitorDowntime(NOON + 5 * HOUR, clean=False)


def test_nothing_begun(store: Store, url: str) -> None:
    """Watching that goes on in a database that has lost its beginning is noted all the same."""
    begun()(store)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM watch"))
    engine.dispose()
    assert store.downtime() is None
    store.record_alive(NOON + HOUR)
    assert store.downtime() == MonitorDowntime(NOON + HOUR, clean=False)


def test_pages_stay(store: Store) -> None:
    """That watching goes on changes no page."""
    begun()(store)
    revision = store.revision()
    store.record_alive(NOON + HOUR)
    assert store.revision() == revision


def test_pruned(store: Store, rows: Rows) -> None:
    """Old lives are forgotten, but never the newest: it is what the next start asks about."""
    for hours in range(3):
        begun(hours)(store)
    assert store.prune(NOON + 99 * HOUR) == 2
    assert rows("SELECT id FROM watch") == [(3,)]
