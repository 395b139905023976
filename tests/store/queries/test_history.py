"""What was, as the store tells it: spans, runs, hours, the last answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.statistics import cadence
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan, RunMark
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.times import MAX_TIME
from py_pinger.store import Store

A, B, C = "http://a.example/1", "http://b.example/2", "http://c.example/3"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LONG_AGO = NOON - 1000 * HOUR


def adopt(store: Store) -> None:
    """Let the store monitor three tasks."""
    store.set_tasks([Task(url, url) for url in (A, B, C)])


def changes(url: str, *turns: tuple[int, Status, Cause | None]) -> list[Transition]:
    """Return steps that begin spans some hours after noon, each where the one before ended."""
    return [
        Transition(
            url, TaskState(Verdict(status, cause)), Span(NOON + at * HOUR, status, cause, NOON + at * HOUR)
        )
        for at, status, cause in turns
    ]


def past(started: int, ended: int | None, status: Status, cause: Cause | None = None) -> PastSpan:
    """Return what is told of a span between two hours after noon."""
    return PastSpan(NOON + started * HOUR, None if ended is None else NOON + ended * HOUR, status, cause)


def test_spans(store: Store) -> None:
    """Spans come by task and in order of time; those that were over by then are left out."""
    adopt(store)
    store.record(
        [
            *changes(A, (0, Status.OK, None), (2, Status.ERROR, Cause.LATE), (3, Status.OK, None)),
            *changes(B, (1, Status.SLEEPING, None)),
        ],
        [],
        [],
    )
    assert store.spans([A, B, C], NOON + 2 * HOUR) == {
        A: [past(2, 3, Status.ERROR, Cause.LATE), past(3, None, Status.OK)],
        B: [past(1, None, Status.SLEEPING)],
        C: [],
    }


def test_spans_of_some(store: Store) -> None:
    """Nothing is told of tasks that were not asked for, and of a stranger only that there is nothing."""
    adopt(store)
    store.record([*changes(A, (0, Status.OK, None)), *changes(B, (0, Status.OK, None))], [], [])
    assert store.spans([B, "http://stranger/"], NOON) == {
        B: [past(0, None, Status.OK)],
        "http://stranger/": [],
    }
    assert store.spans([], NOON) == {}


def runs(url: str, *times: int) -> list[Transition]:
    """Return steps that see runs some hours after noon, each but the first due an hour before it came."""
    seen = [
        Run(
            NOON + at * HOUR,
            NOON + at * HOUR + MINUTE,
            healthy=at != 3,
            reason="disk full" if at == 3 else None,
            due=NOON + (at - 1) * HOUR if at else None,
        )
        for at in times
    ]
    return [Transition(url, TaskState(), run=run) for run in seen]


def test_runs(store: Store) -> None:
    """Runs come newest first, each with when it was due, as many as asked for and none from before."""
    adopt(store)
    store.record([*runs(A, 0, 1, 3, 4), *runs(B, 2)], [], [])
    four = PastRun(NOON + 4 * HOUR, NOON + 4 * HOUR + MINUTE, NOON + 3 * HOUR, healthy=True, reason=None)
    three = PastRun(
        NOON + 3 * HOUR, NOON + 3 * HOUR + MINUTE, NOON + 2 * HOUR, healthy=False, reason="disk full"
    )
    first = PastRun(NOON, NOON + MINUTE, None, healthy=True, reason=None)
    assert store.runs(A, LONG_AGO, limit=2) == (four, three)
    assert store.runs(A, NOON + 3 * HOUR) == (four, three)
    assert store.runs(A, LONG_AGO)[-1] == first
    assert store.runs(C, LONG_AGO) == ()


def test_runs_of_a_period(store: Store) -> None:
    """A period ends before its end; of more runs than are wanted the newest come, or the oldest."""
    adopt(store)
    store.record([*runs(A, 0, 1, 3, 4), *runs(B, 2)], [], [])
    ran = {
        (limit, oldest): [
            (run.lastrun - NOON) // HOUR
            for run in store.runs(A, NOON + HOUR, limit, NOON + 4 * HOUR, oldest=oldest)
        ]
        for limit in (1, 9)
        for oldest in (False, True)
    }
    assert ran == {(1, False): [3], (1, True): [1], (9, False): [3, 1], (9, True): [3, 1]}


def test_run_marks(store: Store) -> None:
    """Marks come in order of time, each with whether the run was healthy."""
    adopt(store)
    store.record([*runs(A, 0, 1, 3, 4), *runs(B, 2)], [], [])
    assert store.run_marks(A, NOON + HOUR, NOON + 4 * HOUR) == (
        RunMark(NOON + HOUR, healthy=True),
        RunMark(NOON + 3 * HOUR, healthy=False),
    )
    assert store.run_marks(C, LONG_AGO, NOON) == ()


@pytest.mark.parametrize("frequency", [None, 30 * MINUTE, HOUR, 7 * HOUR])
def test_cadence(store: Store, frequency: timedelta | None) -> None:
    """The database counts as core does, in any period."""
    adopt(store)
    minutes = (None, -5, 0, 1, 2, 29, 30, 31, 59, 60, 61, 200, 999)
    seen = [
        Run(
            NOON + number * HOUR,
            NOON + number * HOUR,
            healthy=True,
            reason=None,
            due=None if late is None else NOON + number * HOUR - late * MINUTE,
        )
        for number, late in enumerate(minutes)
    ]
    store.record([Transition(A, TaskState(), run=run) for run in seen], [], [])
    for since, until in ((LONG_AGO, MAX_TIME), (NOON + 3 * HOUR, NOON + 11 * HOUR), (LONG_AGO, NOON)):
        expected = cadence(store.runs(A, since, until=until), frequency)
        assert store.cadence(A, since, frequency, until) == expected
    assert store.cadence(A, LONG_AGO, HOUR).seen == len(minutes)


def test_run_hours(store: Store) -> None:
    """Lengths come by the hour in which runs ended; runs of unknown length are left out."""
    adopt(store)
    lengths = {-90: HOUR, -3: None, -2: 2 * MINUTE, -1: 4 * MINUTE}
    steps = [
        Run(NOON + ago * MINUTE, NOON, healthy=ago != -2, reason=None, duration=length)
        for ago, length in lengths.items()
    ]
    store.record([Transition(A, TaskState(), run=run) for run in steps], [], [])
    assert store.run_hours(A, LONG_AGO) == (
        LatencyHour(NOON - 2 * HOUR, 1, 0, HOUR, HOUR, HOUR),
        LatencyHour(NOON - HOUR, 2, 1, 3 * MINUTE, 2 * MINUTE, 4 * MINUTE),
    )
    assert store.run_hours(A, NOON - HOUR) == store.run_hours(A, LONG_AGO)[1:]
    assert store.run_hours(B, LONG_AGO) == ()


def test_latency(store: Store) -> None:
    """Hours come in order of time, from the one in which the moment lies, with the mean made of the total."""
    adopt(store)
    checks = [(0, 10, Status.OK), (1, 10, Status.OK), (1, 40, Status.ERROR), (2, 7, Status.OK)]
    store.record(
        [
            Transition(
                A,
                TaskState(
                    Verdict(status),
                    checked_at=NOON + hour * HOUR,
                    duration=timedelta(milliseconds=milliseconds),
                ),
            )
            for hour, milliseconds, status in checks
        ],
        [],
        [],
    )
    ten, twenty_five, forty, seven = (timedelta(milliseconds=each) for each in (10, 25, 40, 7))
    assert store.latency(A, NOON + HOUR + 30 * MINUTE) == (
        LatencyHour(NOON + HOUR, 2, 1, mean=twenty_five, least=ten, greatest=forty),
        LatencyHour(NOON + 2 * HOUR, 1, 0, mean=seven, least=seven, greatest=seven),
    )
    assert [each.hour for each in store.latency(A, NOON + HOUR)] == [NOON + HOUR, NOON + 2 * HOUR]
    assert store.latency(B, LONG_AGO) == ()


def test_answer(store: Store) -> None:
    """The answer is that of the last check, byte for byte, and gone when nothing came back."""
    adopt(store)
    body = bytes(range(256))
    step = Transition(A, TaskState(), body=b"{}")
    assert store.answer(A) is None
    store.record([step, replace(step, body=body), Transition(B, TaskState(), body=b"")], [], [])
    assert (store.answer(A), store.answer(B), store.answer("http://stranger/")) == (body, b"", None)
    gone = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused")
    store.record([Transition(A, TaskState(verdict=gone))], [], [])
    assert store.answer(A) is None


def test_a_check_that_finds_the_same(store: Store) -> None:
    """Of a check that finds the very same page times and counters are written, and all else stays."""
    adopt(store)
    verdict = Verdict(Status.OK, process="Import", lastrun=NOON)
    first = TaskState(verdict=verdict, since=NOON, checked_at=NOON, pings=1)
    again = replace(first, checked_at=NOON + HOUR, duration=HOUR, fresh_until=NOON + 2 * HOUR, pings=2)
    store.record([Transition(A, first, body=b"{}")], [], [])
    store.record([Transition(A, again, body=b"{}")], [], [])
    assert store.answer(A) == b"{}"
    # Adopting reads everything anew.
    assert store.set_tasks([Task(A, A)])[A] == again
