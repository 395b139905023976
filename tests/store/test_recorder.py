"""Which of a task's runs are kept: those that are useful, not one for each check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.check import Check, Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Transition
from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]

URL = "http://a.example/1"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def ran(at: datetime, frequency: timedelta | None, due: datetime | None = None, **more: bool) -> Transition:
    """Return a check at which a run was seen at once."""
    state = TaskState(Verdict(Status.OK, lastrun=at, frequency=frequency), checked_at=at)
    return Transition(URL, state, run=Run(at, at, more.get("healthy", True), None, due))


def kept(store: Store, steps: Sequence[Transition], batch: int) -> list[datetime]:
    """Store checks in batches, and return the runs that are kept."""
    store.set_tasks([Task(URL, URL)])
    for start in range(0, len(steps), batch):
        store.record(steps[start : start + batch], [], [])
    return [run.lastrun for run in reversed(store.runs(URL, NOON - HOUR, 100_000))]


@pytest.mark.parametrize("batch", [1, 7, 600])
def test_always_now(store: Store, batch: int) -> None:
    """Of a page that says 'now' at each check, at most one run in half a frequency is kept, and the last."""
    steps = [ran(NOON + number * MINUTE, 10 * MINUTE) for number in range(600)]
    runs = kept(store, steps, batch)
    assert (runs[0], runs[-1]) == (NOON, steps[-1].state.checked_at)
    gaps = {later - earlier for earlier, later in pairwise(runs[:-1])}
    assert gaps == {5 * MINUTE}
    assert len(runs) <= 600 / 5 + 2


@pytest.mark.parametrize(
    ("frequency", "interval", "most"),
    [
        (None, MINUTE, 4),
        (timedelta(days=300), MINUTE, 4),
        (timedelta(microseconds=1), SECOND / 10, 9),
        (2 * SECOND, SECOND / 10, 9),
    ],
)
def test_bounds(store: Store, frequency: timedelta | None, interval: timedelta, most: int) -> None:
    """Whatever frequency a page says, a run in an hour is kept, and no more than one in ten seconds."""
    steps = [ran(NOON + number * interval, frequency) for number in range(150 if most == 4 else 600)]
    assert 3 <= len(kept(store, steps, 50)) <= most


@pytest.mark.parametrize("frequency", [MINUTE, 2 * MINUTE, None])
def test_a_task_that_keeps_its_frequency(store: Store, frequency: timedelta | None) -> None:
    """All runs of a task are kept if they are not much more frequent than it says."""
    apart = frequency or HOUR
    steps = [ran(NOON + number * apart, frequency) for number in range(20)]
    assert kept(store, steps, 3) == [step.state.checked_at for step in steps]


def test_what_is_remarkable(store: Store) -> None:
    """A run that was late or unhealthy is kept, and the run before it."""
    times = [NOON + number * MINUTE for number in range(12)]
    steps = [ran(at, HOUR) for at in times]
    steps[4] = ran(times[4], HOUR, due=times[3])
    steps[8] = ran(times[8], HOUR, healthy=False)
    assert kept(store, steps, 5) == [times[number] for number in (0, 3, 4, 7, 8, 11)]


def lives() -> Iterator[Transition]:
    """Yield the checks of a page that says 'now', of which the task is unreachable for a while."""
    task, state = Task(URL, URL, interval=MINUTE), TaskState()
    for number in range(20):
        at = NOON + number * MINUTE
        answers = number not in {7, 8}
        verdict = Verdict(Status.OK if answers else Status.UNKNOWN, lastrun=at, frequency=HOUR)
        step = advance(task, state, Check(verdict, at, SECOND, None), Context())
        state = step.state
        yield step


def test_with_a_change(store: Store, rows: Rows) -> None:
    """A run with which the status changed is kept: a replay finds the change by it."""
    runs = kept(store, list(lives()), 4)
    started = {at for (at,) in rows("SELECT started FROM span")}
    seen = {at for (at,) in rows("SELECT seen FROM run")}
    assert started <= seen
    assert len(runs) <= 7


def test_the_size_does_not_follow_the_checks(store: Store, rows: Rows) -> None:
    """Ten times as many checks in the same time leave as many rows."""
    counts = []
    for interval in (SECOND, SECOND / 10):
        url = f"{URL}/{interval}"
        store.set_tasks([Task(url, url)])
        number = int(10 * MINUTE / interval)
        steps = [ran(NOON + index * interval, MINUTE) for index in range(number)]
        store.record([Transition(url, step.state, run=step.run) for step in steps], [], [])
        counts.append(rows("SELECT count(*) FROM run")[0][0])
    assert counts[0] <= 22
    assert counts[1] <= 2 * counts[0]
