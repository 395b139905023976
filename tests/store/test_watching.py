"""When Py Pinger watched: what a start learns of how the last process life ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from py_pinger.core.history import Absence
from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

Deed = Callable[[Store], object]


def seen(hours: int) -> Deed:
    """Say that watching goes on some hours after noon."""
    return lambda store: store.seen(NOON + hours * HOUR)


def ended(hours: int) -> Deed:
    """Say that watching ends some hours after noon."""
    return lambda store: store.end_watch(NOON + hours * HOUR)


def test_first_start(store: Store) -> None:
    """At the very first start there is no absence to tell of."""
    assert store.begin_watch(NOON) is None


@pytest.mark.parametrize(
    ("deeds", "absence"),
    [
        ([], Absence(NOON, clean=False)),
        ([seen(1), seen(2)], Absence(NOON + 2 * HOUR, clean=False)),
        ([seen(1), ended(2)], Absence(NOON + 2 * HOUR, clean=True)),
        ([ended(1), seen(2)], Absence(NOON + 2 * HOUR, clean=False)),
        ([seen(-1)], Absence(NOON - HOUR, clean=False)),
    ],
    ids=["crashed at once", "crashed", "stopped", "went on after all", "the clock was set back"],
)
def test_absence(store: Store, deeds: Sequence[Deed], absence: Absence) -> None:
    """The next start is told until when the last one watched, and whether it was stopped properly."""
    store.begin_watch(NOON)
    for deed in deeds:
        deed(store)
    assert store.begin_watch(NOON + 9 * HOUR) == absence
    assert store.begin_watch(NOON + 10 * HOUR) == Absence(NOON + 9 * HOUR, clean=False)


def test_nothing_begun(store: Store) -> None:
    """Watching that goes on in a database that knows of no beginning is noted all the same."""
    store.seen(NOON)
    assert store.begin_watch(NOON + HOUR) == Absence(NOON, clean=False)


def test_pages_stay(store: Store) -> None:
    """That watching goes on changes no page."""
    store.begin_watch(NOON)
    revision = store.revision()
    store.seen(NOON + HOUR)
    assert store.revision() == revision


def test_pruned(store: Store, rows: Rows) -> None:
    """Old lives are forgotten, but never the newest: it is what the next start asks about."""
    for hours in range(3):
        store.begin_watch(NOON + hours * HOUR)
    assert store.prune(NOON + 99 * HOUR) == 2
    assert rows("SELECT id FROM watch") == [(3,)]
