"""Which run a push begins or ends, and what is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.check import TaskReport
from py_pinger.core.model.push import FinishedRun, OpenRun, PushedReport, PushKind, PushState
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.run_rules import OPEN_RUNS, SEEN_KEPT, receive
from py_pinger.core.push.stored_report import stored_report
from py_pinger.core.times import MIN_TIME

WATCHED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
URL = "push:nightly"
NEW = PushState(WATCHED)


def at(minutes: float) -> datetime:
    """Return a moment so many minutes after 08:00."""
    return WATCHED + minutes * MINUTE


def push(kind: str, minutes: float, run: str | None = None, **more: object) -> PushedReport:
    """Return a push of a kind so many minutes after 08:00."""
    return replace(PushedReport(URL, PushKind(kind), at(minutes), run), **more)  # type: ignore[arg-type]  # its fields


def after(*pushes: PushedReport, runtime: timedelta | None = None) -> PushState:
    """Return what is kept after pushes, in order."""
    state = NEW
    for each in pushes:
        state = receive(state, each, runtime).state
    return state


def report(minutes: float, *, started: float | None = None, healthy: bool = True) -> TaskReport:
    """Return what JSON says: when the run ended, and when it began."""
    began = None if started is None else at(started)
    return TaskReport(healthy=healthy, lastrun=at(minutes), frequency=HOUR, started=began)


@pytest.mark.parametrize(
    ("pushes", "open_runs", "started", "duration"),
    [
        ([push("success", 5)], [], None, None),
        ([push("start", 1), push("success", 5)], [], 1, 4),
        ([push("start", 1)], [(None, 1)], 1, None),
        # Without ids a new start replaces an earlier one: a client that was killed and began again.
        ([push("start", 1), push("start", 2)], [(None, 2)], 2, None),
        ([push("start", 1), push("start", 2), push("success", 5)], [], 2, 3),
        ([push("start", 1, "a"), push("start", 2, "b")], [("a", 1), ("b", 2)], 2, None),
        ([push("start", 1, "a"), push("start", 2, "b"), push("success", 5, "a")], [("b", 2)], 2, 4),
        ([push("start", 1, "a"), push("start", 2, "b"), push("success", 5, "b")], [("a", 1)], 2, 3),
        # An end without an id ends all.
        ([push("start", 1, "a"), push("start", 2, "b"), push("success", 5)], [], 2, 3),
        # A failure ends all.
        ([push("start", 1, "a"), push("start", 2, "b"), push("fail", 5, "a")], [], 2, 4),
        # An end of a run that did not begin here.
        ([push("start", 1, "a"), push("success", 5, "c")], [("a", 1)], 1, None),
        ([push("success", 5, "c")], [], None, None),
        # A run that is reported without a start has none, whatever was before.
        ([push("start", 1), push("success", 5), push("success", 9)], [], None, None),
        # A log changes nothing.
        ([push("start", 1), push("log", 2)], [(None, 1)], 1, None),
    ],
)
def test_runs_begin_and_end(
    pushes: list[PushedReport],
    open_runs: list[tuple[str | None, float]],
    started: float | None,
    duration: float | None,
) -> None:
    """Each case of the rule: what is under way, the newest start, and how long the last run took."""
    state = after(*pushes)
    assert state.open_runs == tuple(OpenRun(run, at(began)) for run, began in open_runs)
    assert state.started == (None if started is None else at(started))
    took = state.last.duration if state.last else None
    assert took == (None if duration is None else duration * MINUTE)


@pytest.mark.parametrize(
    ("pushes", "open_runs"),
    [
        # The second start does not move the deadline of the first run, which is overdue.
        ([push("start", 0), push("start", 31)], [(None, 0)]),
        ([push("start", 0), push("start", 30)], [(None, 30)]),
        ([push("start", 0, "a"), push("start", 31, "b")], [("a", 0), ("b", 31)]),
        ([push("start", 0, "a"), push("start", 31, "a")], [("a", 0)]),
        # A later run that has succeeded shows that the overdue one is gone.
        ([push("start", 0, "a"), push("start", 31, "b"), push("success", 32, "b")], []),
        ([push("start", 0, "a"), push("start", 10, "b"), push("success", 30, "b")], [("a", 0)]),
        # An earlier run shows nothing about a later one.
        ([push("start", 0, "a"), push("start", 1, "b"), push("success", 40, "a")], [("b", 1)]),
        ([push("start", 0, "a"), push("success", 40, "c")], []),
    ],
)
def test_an_overdue_run_keeps_its_deadline_until_a_later_one_succeeds(
    pushes: list[PushedReport], open_runs: list[tuple[str | None, float]]
) -> None:
    """With a limit of half an hour for a run."""
    state = after(*pushes, runtime=30 * MINUTE)
    assert state.open_runs == tuple(OpenRun(run, at(began)) for run, began in open_runs)


def test_without_a_limit_a_run_is_given_up_after_a_day() -> None:
    """A run whose client was killed does not stay under way until the end of time."""
    state = after(push("start", 0, "a"), push("start", 1441, "b"), push("success", 1441.5, "b"))
    assert state.open_runs == ()


def test_a_start_after_an_overdue_one_counts_for_the_length() -> None:
    """The deadline stays that of the first run, and the length is that of the second."""
    state = after(push("start", 0), push("start", 60), push("success", 65), runtime=30 * MINUTE)
    assert state.last
    assert (state.last.duration, state.open_runs) == (5 * MINUTE, ())


def test_the_eleventh_run_drives_out_the_oldest() -> None:
    """Ten runs are known to be under way at once."""
    state = after(*(push("start", number, f"run-{number}") for number in range(OPEN_RUNS + 1)))
    assert [run.id for run in state.open_runs] == [f"run-{number}" for number in range(1, OPEN_RUNS + 1)]


@pytest.mark.parametrize("kind", ["start", "success", "fail"])
def test_the_same_id_and_suffix_twice_is_one_run(kind: str) -> None:
    """What a client sends again because the response was lost changes nothing."""
    once = receive(NEW, push(kind, 1, "a"))
    again = receive(once.state, push(kind, 2, "a"))
    assert (again.repeated, again.run, again.state) == (True, None, once.state)
    assert not receive(once.state, push(kind, 2, "b")).repeated


@pytest.mark.parametrize("end", ["success", "fail"])
def test_a_start_that_arrives_after_its_end_is_ignored(end: str) -> None:
    """A client that sends it again would have a run under way for ever, which then is late."""
    ended = after(push(end, 5, "a"))
    late = receive(ended, push("start", 6, "a"))
    assert (late.repeated, late.state) == (True, ended)
    assert after(push(end, 5, "a"), push("start", 6, "b")).open_runs == (OpenRun("b", at(6)),)


def test_pushes_without_an_id_are_never_repeated() -> None:
    """Two successes are two runs."""
    first = receive(NEW, push("success", 1))
    second = receive(first.state, push("success", 2))
    assert (first.run, second.run) == (FinishedRun(at(1), at(1), healthy=True), second.state.last)
    assert second.run != first.run


def test_so_many_ids_are_remembered() -> None:
    """What is kept of a task stays small."""
    state = after(*(push("start", number, f"run-{number}") for number in range(3 * SEEN_KEPT)))
    assert len(state.seen) == SEEN_KEPT


def test_failures_in_excess_are_one_run() -> None:
    """A task that fails in a loop fills no history; its newest reason counts, and so does a success."""
    failing = after(push("fail", 1, log="first"))
    assert failing.last
    excess = receive(failing, push("fail", 2, log="second", excess=True))
    assert (excess.run, excess.repeated) == (None, False)
    assert excess.state.last == replace(failing.last, reason="second", seen=at(2))
    assert receive(after(push("success", 1)), push("fail", 2, excess=True)).run
    assert receive(excess.state, push("success", 3)).run


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (push("fail", 1), "the task reports a failure"),
        (push("fail", 1, exit_code=3), "exit code 3"),
        (push("fail", 1, exit_code=3, log="starting\ndisk full\n"), "starting / disk full"),
        (push("success", 1, report=report(1, healthy=False)), "the task reports a failure"),
        (push("success", 1, report=replace(report(1, healthy=False), reason="no rows")), "no rows"),
        (push("fail", 1, report=replace(report(1), reason="no rows")), "no rows"),
    ],
)
def test_a_failure_has_a_reason(failure: PushedReport, reason: str) -> None:
    """The report's own, else the end of the log, else the exit code."""
    run = receive(NEW, failure).run
    assert run
    assert (run.healthy, run.reason, run.exit_code) == (False, reason, failure.exit_code)


def test_a_success_has_the_reason_of_its_report_only() -> None:
    """The log of a success is no reason, its JSON may have one."""
    assert receive(NEW, push("success", 1, log="done")).run == FinishedRun(at(1), at(1), healthy=True)
    said = receive(NEW, push("success", 1, report=replace(report(1), reason="3 rows"))).run
    assert said
    assert (said.healthy, said.reason) == (True, "3 rows")


def test_json_says_when_its_run_began_and_ended() -> None:
    """A report that was sent later counts from the times in it."""
    state = after(push("success", 30, report=report(20, started=5), document=b"{}"))
    assert state.last == FinishedRun(at(20), at(30), healthy=True, duration=15 * MINUTE)
    assert (state.started, state.document) == (at(5), b"{}")


def test_a_start_in_json_may_be_earlier_than_it_arrived_but_not_later() -> None:
    """A client's clock that is ahead must not put off the deadline."""
    assert after(push("start", 10, report=report(0, started=8))).open_runs == (OpenRun(None, at(8)),)
    assert after(push("start", 10, report=report(0, started=99))).open_runs == (OpenRun(None, at(10)),)


def test_a_report_of_an_earlier_run_is_history_only() -> None:
    """What a client could not send in time does not replace what came meanwhile."""
    newest = after(push("success", 10))
    late = receive(newest, push("fail", 20, report=report(5, healthy=False)))
    assert late.state.last == newest.last
    assert late.run
    assert late.run.lastrun == at(5)


pushes = st.builds(
    push,
    st.sampled_from([*PushKind]),
    st.integers(0, 300),
    st.sampled_from([None, "a", "b", "c"]),
)


@pytest.mark.parametrize("ahead", [3, 60 * 24 * 365])
@pytest.mark.parametrize("kind", ["success", "fail"])
def test_a_report_with_a_clock_ahead_does_not_hide_later_ones(ahead: float, kind: str) -> None:
    """What arrives after it is newer, whatever its `lastrun` was: a failure counts, and the error ends."""
    state = after(push("success", 5, report=report(5 + ahead)), push(kind, 6))
    assert state.last
    assert (state.last.lastrun, state.last.healthy) == (at(6), kind == "success")


@given(st.lists(pushes, max_size=30), st.sampled_from([None, MINUTE, HOUR]))
def test_what_is_kept_is_bounded_and_in_order(arrived: list[PushedReport], runtime: timedelta | None) -> None:
    """After any pushes the runs under way are few, in order, and each once."""
    state = after(*sorted(arrived, key=lambda each: each.at), runtime=runtime)
    assert len(state.open_runs) <= OPEN_RUNS
    assert all(first.started <= second.started for first, second in pairwise(state.open_runs))
    assert len({run.id for run in state.open_runs}) == len(state.open_runs)
    assert state.last is None or state.last.duration is None or state.last.duration >= timedelta(0)


def no_run(*, healthy: bool, reason: str | None = None) -> TaskReport:
    """Return what JSON says whose lastrun is null."""
    return TaskReport(healthy=healthy, lastrun=MIN_TIME, frequency=HOUR, never_ran=True, reason=reason)


def test_an_error_without_a_run_ends_with_the_next_report() -> None:
    """A page that could not be read is an error, until it is read again; no run is recorded."""
    unreadable = push("success", 9, report=no_run(healthy=False, reason="unreachable: refused"))
    ok = push("success", 5, report=report(4))
    broken = receive(after(ok), unreadable)
    assert broken.run is None
    assert broken.state.last == FinishedRun(at(4), at(9), healthy=False, reason="unreachable: refused")
    again = after(ok, unreadable, push("success", 10, report=report(4)))
    assert again.last == FinishedRun(at(4), at(10), healthy=True)


def test_an_error_before_any_run() -> None:
    """Nor does it count as a run where there was none before."""
    unreadable = push("success", 9, report=no_run(healthy=False))
    first = after(unreadable)
    assert first.last == FinishedRun(MIN_TIME, at(9), healthy=False, reason="the task reports a failure")
    said = stored_report(first, Expectations())
    assert isinstance(said, TaskReport)
    assert (said.never_ran, said.healthy, said.reason) == (True, False, "the task reports a failure")
    assert after(unreadable, push("success", 10, report=report(-60))).last == FinishedRun(
        at(-60), at(10), healthy=True
    )


def test_a_task_that_has_not_run_yet_is_awaited() -> None:
    """A report whose lastrun is null is not a run, however often it comes."""
    state = after(*(push("success", minute, report=no_run(healthy=True)) for minute in range(3)))
    said = stored_report(state, Expectations())
    assert isinstance(said, TaskReport)
    assert (said.never_ran, said.healthy, said.awaited_since) == (True, True, WATCHED)


def test_a_report_says_that_a_run_is_under_way() -> None:
    """Without ids of runs, a report that began after the last run ended is a start as well."""
    running = replace(report(1, started=5), running_since=at(5))
    state = after(push("success", 6, report=running))
    assert (state.open_runs, state.started) == ((OpenRun(None, at(5)),), at(5))
    assert (
        after(push("success", 6, report=running), push("success", 9, report=report(8, started=5))).open_runs
        == ()
    )
    with_id = after(push("start", 5, "a"), push("success", 6, "a", report=running))
    assert with_id.open_runs == ()
