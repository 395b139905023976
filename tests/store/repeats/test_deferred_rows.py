"""Which rows wait, since when, and what they lack."""

from __future__ import annotations

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.store.repeats.deferred_rows import DEFERRED, HOUR, SEARCH, DeferredRows, LatencyCount
from py_pinger.store.tables.repeat_pack import Repeat

# A full hour, in microseconds.
NOON = 1_777_809_600_000_000
SECOND = 1_000_000
STATES = [TaskState(Verdict(Status.OK), pings=pings) for pings in range(6)]


def defer(rows: DeferredRows, url: str, at: int, pings: int, number: int, took: int | None = 5) -> None:
    """Defer the row of a task, whose key is the length of its URL."""
    repeat = Repeat(len(url), at, took, None, None, pings, 0, int(pings == 2))
    rows.add(url, repeat, STATES[pings], number)


def test_counts_by_the_hour() -> None:
    """The checks of one hour are one count; one without a request counts nothing."""
    rows = DeferredRows()
    defer(rows, "a", NOON - 1, 1, number=1, took=7)
    defer(rows, "a", NOON, 2, number=2, took=9)
    defer(rows, "a", NOON + SECOND, 3, number=3, took=4)
    defer(rows, "a", NOON + 2 * SECOND, 4, number=4, took=None)
    row = rows.get("a")
    assert row
    assert (row.number, row.since, row.state.pings) == (1, NOON - 1, 4)
    assert [*row.counts()] == [
        LatencyCount(1, NOON - HOUR, 1, 0, 7, 7, 7),
        LatencyCount(1, NOON, 2, 1, 13, 4, 9),
    ]


def test_rows_of_some_tasks() -> None:
    """Rows are found by the URLs of their tasks, and those that are removed are gone."""
    rows = DeferredRows()
    for number, url in enumerate(("a", "bb", "ccc")):
        defer(rows, url, NOON, 1, number)
    assert [row.url for row in rows.of(["ccc", "unknown", "a"])] == ["ccc", "a"]
    assert [row.task_id for row in rows.where(lambda url: url != "a")] == [2, 3]
    rows.remove(["bb", "unknown"])
    assert (len(rows), rows.get("bb")) == (2, None)
    rows.clear()
    assert len(rows) == 0


def test_rows_that_are_due() -> None:
    """A row is due minutes after its first check; a search finds all that are, and the next one is later."""
    rows = DeferredRows()
    defer(rows, "a", NOON, 1, number=1)
    defer(rows, "a", NOON + SECOND, 2, number=2)
    defer(rows, "bb", NOON + 2 * SECOND, 1, number=2)
    assert rows.due(NOON + DEFERRED - 1) == []
    assert rows.due(NOON + DEFERRED) == [], "searched a moment ago"
    assert [row.url for row in rows.due(NOON + DEFERRED - 1 + SEARCH)] == ["a", "bb"]
    assert [row.url for row in rows.due(NOON - SECOND)] == ["a", "bb"], "the clock was set back"


def test_the_oldest_transaction_that_is_needed() -> None:
    """Packed checks are needed from the first one on that a row lacks."""
    rows = DeferredRows()
    assert rows.oldest(without=()) is None
    defer(rows, "a", NOON, 1, number=4)
    defer(rows, "bb", NOON, 1, number=5)
    defer(rows, "a", NOON, 2, number=6)
    assert [rows.oldest(without) for without in ([], ["a"], ["bb"], ["a", "bb"])] == [4, 5, 4, None]
    rows.remove(["a"])
    defer(rows, "a", NOON, 3, number=7)
    assert rows.oldest(without=()) == 5
