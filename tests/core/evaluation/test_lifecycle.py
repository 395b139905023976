"""From verdicts to notices: the table, and what holds after any series of verdicts."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from py_pinger.core.evaluation.lifecycle import CAUSE_CHANGES_KEPT, Context, advance
from py_pinger.core.model.check import Cause, Check, ReportWarning, ReportWarningKind, Status, Verdict
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.times import MAX_TIME

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOOK = timedelta(milliseconds=20)
TASK = Task(url="https://a.example/job", address="https://u:p@a.example/job", name="Job", remind=30 * MINUTE)
LASTRUN = START - MINUTE
OK = Verdict(
    Status.OK,
    process="Import",
    server="web-1",
    lastrun=LASTRUN,
    frequency=10 * MINUTE,
    deadline=LASTRUN + 10 * MINUTE,
)
SLEEPING = replace(OK, status=Status.SLEEPING, sleep_start=START, sleep_end=START + 60 * MINUTE)
FAILED = replace(OK, status=Status.ERROR, cause=Cause.FAILED, reason="disk full")
LATE = replace(
    OK, status=Status.ERROR, cause=Cause.LATE, reason="last ran 20 min ago, should run every 10 min"
)
UNREACHABLE = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused")


def after(*verdicts: Verdict, task: Task = TASK) -> TaskState:
    """Return the state that verdicts a minute apart lead to, the last of them reached at START."""
    state = TaskState()
    for number, verdict in enumerate(verdicts, start=1):
        state = advance(task, state, Check(verdict, START - (len(verdicts) - number) * MINUTE, TOOK)).state
    return state


def kinds(step: Transition) -> list[NoticeKind]:
    """Return the kinds of a transition's notices."""
    return [notice.kind for notice in step.notices]


@pytest.mark.parametrize(
    ("before", "verdict", "waited", "told"),
    [
        ((), OK, 0, []),
        ((), SLEEPING, 0, []),
        ((), FAILED, 0, [NoticeKind.FAILED]),
        ((), UNREACHABLE, 0, [NoticeKind.FAILED]),
        ((OK,), OK, 1, []),
        ((OK,), SLEEPING, 1, []),
        ((SLEEPING,), OK, 1, []),
        ((OK,), LATE, 1, [NoticeKind.FAILED]),
        ((SLEEPING,), FAILED, 1, [NoticeKind.FAILED]),
        ((FAILED,), FAILED, 29, []),
        ((FAILED,), FAILED, 30, [NoticeKind.REMINDER]),
        ((FAILED,), LATE, 1, []),
        ((FAILED,), LATE, 30, [NoticeKind.REMINDER]),
        ((FAILED,), SLEEPING, 30, []),
        ((FAILED, SLEEPING), SLEEPING, 30, []),
        ((FAILED, SLEEPING), FAILED, 1, []),
        ((FAILED, SLEEPING), FAILED, 30, [NoticeKind.REMINDER]),
        ((FAILED,), OK, 1, [NoticeKind.RECOVERED]),
        ((FAILED, SLEEPING), OK, 1, [NoticeKind.RECOVERED]),
        ((FAILED,), OK, 300, [NoticeKind.RECOVERED]),
        ((FAILED, OK), FAILED, 1, [NoticeKind.FAILED]),
    ],
    ids=[
        "pending to ok",
        "pending to sleeping",
        "pending to error",
        "pending to unreachable",
        "ok stays",
        "ok to sleeping",
        "sleeping to ok",
        "ok to error",
        "sleeping to error",
        "error stays",
        "error stays for long",
        "another cause",
        "another cause, after long",
        "sleep pauses an incident",
        "no reminder while sleeping",
        "an incident goes on after sleep",
        "a reminder that fell due in sleep",
        "error to ok",
        "error through sleep to ok",
        "error to ok when a reminder was due",
        "a second incident",
    ],
)
def test_the_table_of_notices(
    before: tuple[Verdict, ...], verdict: Verdict, waited: int, told: list[NoticeKind]
) -> None:
    """Each row of the table of notices; `waited` is in minutes."""
    assert kinds(advance(TASK, after(*before), Check(verdict, START + waited * MINUTE, TOOK))) == told


def test_the_first_failure_is_a_whole_step() -> None:
    """An incident opens, a span begins, a run is seen, and people get all that is known."""
    state = after(OK)
    now = START + MINUTE
    warning = ReportWarning(ReportWarningKind.OTHER, "a hint")
    verdict = replace(FAILED, lastrun=START, deadline=START + 10 * MINUTE, warnings=(warning,))
    assert advance(TASK, state, Check(verdict, now, TOOK)) == Transition(
        url=TASK.url,
        state=TaskState(
            verdict=verdict,
            since=now,
            checked_at=now,
            duration=TOOK,
            fresh_until=now + 3 * TASK.error_interval + TASK.timeout,
            next_check=now + TASK.error_interval,
            pings=2,
            errors=1,
            incident=Incident(
                opened=now, notified_at=now, cause_changes=(CauseChange(now, Cause.FAILED, "disk full"),)
            ),
        ),
        span=Span(now, Status.ERROR, Cause.FAILED, ended=now),
        run=Run(START, now, healthy=False, reason="disk full", due=OK.deadline),
        notices=(
            Notice(
                kind=NoticeKind.FAILED,
                at=now,
                url=TASK.url,
                opened=now,
                name="Job",
                cause=Cause.FAILED,
                reason="disk full",
                process="Import",
                server="web-1",
                lastrun=START,
                frequency=10 * MINUTE,
                deadline=START + 10 * MINUTE,
                warnings=("a hint",),
            ),
        ),
    )


def test_the_recovery_is_a_whole_step() -> None:
    """The incident closes with its history, and people get what it last was."""
    now = START + 5 * MINUTE
    incident = Incident(
        opened=START - MINUTE,
        notified_at=START - MINUTE,
        cause_changes=(
            CauseChange(START - MINUTE, Cause.FAILED, "disk full"),
            CauseChange(START, Cause.LATE, LATE.reason or ""),
        ),
    )
    assert advance(TASK, after(OK, FAILED, LATE), Check(OK, now, TOOK)) == Transition(
        url=TASK.url,
        state=TaskState(
            verdict=OK,
            since=now,
            checked_at=now,
            duration=TOOK,
            fresh_until=now + 3 * TASK.interval + TASK.timeout,
            next_check=now + TASK.interval,
            pings=4,
            errors=2,
        ),
        span=Span(now, Status.OK, None, ended=now),
        closed=replace(incident, closed=now),
        notices=(
            Notice(
                kind=NoticeKind.RECOVERED,
                at=now,
                url=TASK.url,
                opened=START - MINUTE,
                name="Job",
                cause=Cause.LATE,
                reason="last ran 20 min ago, should run every 10 min",
                process="Import",
                server="web-1",
                lastrun=LASTRUN,
                frequency=10 * MINUTE,
                deadline=LASTRUN + 10 * MINUTE,
            ),
        ),
    )


def test_an_uneventful_check_leaves_counters_alone_to_write() -> None:
    """Where nothing changes, nothing but the state has to be kept."""
    now = START + MINUTE
    step = advance(TASK, after(OK), Check(OK, now, TOOK))
    assert step == Transition(url=TASK.url, state=step.state)
    assert (step.state.pings, step.state.errors, step.state.since) == (2, 0, START)


def test_an_unreachable_task_keeps_what_was_known_of_it() -> None:
    """Without a response the labels and the last run stay on the page and in the notice."""
    step = advance(TASK, after(OK), Check(UNREACHABLE, START + MINUTE, TOOK))
    assert step.state.verdict == replace(
        OK, status=Status.ERROR, cause=Cause.UNREACHABLE, reason="connection refused"
    )
    assert (step.notices[0].process, step.notices[0].lastrun, step.run) == ("Import", LASTRUN, None)


def test_an_http_error_with_a_valid_page_updates_the_labels() -> None:
    """The labels in the response replace those known before."""
    verdict = Verdict(Status.ERROR, Cause.HTTP, "HTTP 500 Internal Server Error", process="Import 2")
    known = advance(TASK, after(OK), Check(verdict, START + MINUTE, TOOK)).state.verdict
    assert (known.process, known.server, known.lastrun) == ("Import 2", "web-1", LASTRUN)


def seen(*, healthy: bool, reason: str | None = None) -> Run:
    """Return the run of START, seen a minute later, against the deadline of the one before."""
    return Run(START, START + MINUTE, healthy, reason, OK.deadline)


@pytest.mark.parametrize(
    ("verdict", "run"),
    [
        (replace(OK, lastrun=START, reason="42 rows"), seen(healthy=True, reason="42 rows")),
        (replace(FAILED, lastrun=START), seen(healthy=False, reason="disk full")),
        (replace(LATE, lastrun=START), seen(healthy=True)),
        (replace(SLEEPING, lastrun=START), seen(healthy=True)),
        (OK, None),
        (FAILED, None),
        (UNREACHABLE, None),
    ],
    ids=[
        "ok",
        "failed",
        "late, the reason is ours",
        "sleeping",
        "seen before",
        "seen before, failed",
        "unreachable",
    ],
)
def test_a_run_is_seen_once_with_what_it_said(verdict: Verdict, run: Run | None) -> None:
    """A new lastrun is a run; it has the task's reason, not that of Py Pinger."""
    assert advance(TASK, after(OK), Check(verdict, START + MINUTE, TOOK)).run == run


@pytest.mark.parametrize(
    "before", [TaskState(), after(replace(OK, deadline=MAX_TIME))], ids=["the first", "after endless sleep"]
)
def test_a_run_that_nothing_was_due_before(before: TaskState) -> None:
    """A run is held against no deadline where there was none."""
    run = advance(TASK, before, Check(replace(OK, lastrun=START), START + MINUTE, TOOK)).run
    assert run == Run(START, START + MINUTE, healthy=True, reason=None, due=None)


@pytest.mark.parametrize("wrong", [0, 1], ids=["this clock", "the clock before"])
def test_a_run_by_a_wrong_clock_is_held_against_no_deadline(wrong: int) -> None:
    """Else it is late by years, and so many runs before it were missed."""
    verdicts = [OK, replace(OK, lastrun=START)]
    verdicts[1 - wrong] = replace(verdicts[1 - wrong], status=Status.ERROR, cause=Cause.CLOCK)
    run = advance(TASK, after(verdicts[0]), Check(verdicts[1], START + MINUTE, TOOK)).run
    assert run == Run(START, START + MINUTE, healthy=True, reason=None, due=None)


FRESH_UNTIL = START + timedelta(seconds=3 * 60 + 10)


@pytest.mark.parametrize(
    ("verdict", "now", "span"),
    [
        (OK, FRESH_UNTIL, None),
        (OK, FRESH_UNTIL + MINUTE, Span(FRESH_UNTIL + MINUTE, Status.OK, None, ended=FRESH_UNTIL)),
        (SLEEPING, START + MINUTE, Span(START + MINUTE, Status.SLEEPING, None, ended=START + MINUTE)),
        (
            FAILED,
            FRESH_UNTIL + MINUTE,
            Span(FRESH_UNTIL + MINUTE, Status.ERROR, Cause.FAILED, ended=FRESH_UNTIL),
        ),
    ],
    ids=["the last moment without a gap", "a gap", "a change", "a change after a gap"],
)
def test_time_without_monitoring_belongs_to_no_span(
    verdict: Verdict, now: datetime, span: Span | None
) -> None:
    """A span ends when its verdict is no longer fresh, not at the next check."""
    assert advance(TASK, after(OK), Check(verdict, now, TOOK)).span == span


def minutes(number: float) -> datetime:
    """Return the moment so long after START, which is the last check; the next is due after a minute."""
    return START + number * MINUTE


@pytest.mark.parametrize(
    ("verdict", "now", "watched_until", "span"),
    [
        pytest.param(
            SLEEPING,
            minutes(2),
            minutes(0.5),
            Span(minutes(2), Status.SLEEPING, None, ended=minutes(0.5)),
            id="a change",
        ),
        pytest.param(OK, minutes(1.4), minutes(0.5), None, id="no check was missed"),
        pytest.param(
            OK, minutes(2), minutes(0.5), Span(minutes(2), Status.OK, None, ended=minutes(0.5)), id="missed"
        ),
        pytest.param(
            OK,
            FRESH_UNTIL + MINUTE,
            FRESH_UNTIL + 0.5 * MINUTE,
            Span(FRESH_UNTIL + MINUTE, Status.OK, None, ended=FRESH_UNTIL),
            id="stale before",
        ),
    ],
)
def test_a_span_ends_where_monitoring_ended(
    verdict: Verdict, now: datetime, watched_until: datetime, span: Span | None
) -> None:
    """Time in which Py Pinger did not run belongs to no span, unless no check was missed in it."""
    context = Context(watched_until=watched_until)
    assert advance(TASK, after(OK), Check(verdict, now, TOOK), context).span == span


def test_a_state_without_a_next_check_misses_none() -> None:
    """A task that was read without the time of its next check has missed no check."""
    before = replace(after(OK), next_check=None)
    step = advance(TASK, before, Check(OK, minutes(2), TOOK), Context(watched_until=minutes(0.5)))
    assert step.span is None


def test_another_cause_is_another_span_and_a_turn_of_the_incident() -> None:
    """The history keeps each change of cause; the status is the same since then."""
    step = advance(TASK, after(FAILED), Check(LATE, START + MINUTE, TOOK))
    assert step.span == Span(START + MINUTE, Status.ERROR, Cause.LATE, ended=START + MINUTE)
    assert step.state.since == START
    assert step.state.incident is not None
    assert [turn.cause for turn in step.state.incident.cause_changes] == [Cause.FAILED, Cause.LATE]


def test_a_reminder_names_the_current_cause_and_its_beginning() -> None:
    """The reminder names the cause that was not notified at once."""
    step = advance(TASK, after(FAILED), Check(LATE, START + 30 * MINUTE, TOOK))
    (reminder,) = step.notices
    assert (reminder.cause, reminder.opened, reminder.at) == (Cause.LATE, START, START + 30 * MINUTE)
    assert step.state.incident is not None
    assert (step.state.incident.notified_at, step.state.incident.reminders) == (START + 30 * MINUTE, 1)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ((-1440,), []),
        ((-1440, -1411), []),
        ((-1440, -1410), [NoticeKind.REMINDER]),
        ((-1440, -1410, -1381), []),
        ((-1440, -1410, -1380), [NoticeKind.REMINDER]),
    ],
    ids=["at once", "within the time", "after the time", "within the next", "after the next"],
)
def test_reminders_after_the_clock_was_set_back(minutes: tuple[int, ...], told: list[NoticeKind]) -> None:
    """An incident notified by a clock a day ahead gets its reminders, from the first check on."""
    state = after(FAILED)
    for each in minutes:
        step = advance(TASK, state, Check(FAILED, START + each * MINUTE, TOOK))
        state = step.state
    assert kinds(step) == told


def test_remind_none_never_reminds() -> None:
    """Whoever wants no reminders gets none, however long it lasts."""
    task = replace(TASK, remind=None)
    assert (
        kinds(advance(task, after(FAILED, task=task), Check(FAILED, START + timedelta(days=30), TOOK))) == []
    )


def test_a_task_that_flaps_between_causes_keeps_a_bounded_history() -> None:
    """Of many turns the first and the latest stay."""
    state = after(*(FAILED if number % 2 else LATE for number in range(3 * CAUSE_CHANGES_KEPT)))
    assert state.incident is not None
    turns = state.incident.cause_changes
    assert len(turns) == CAUSE_CHANGES_KEPT
    assert turns[0].at == state.incident.opened
    assert turns[-1] == CauseChange(START, Cause.FAILED, "disk full")
    assert turns[1].at == START - (CAUSE_CHANGES_KEPT - 2) * MINUTE


VERDICTS = st.sampled_from([OK, SLEEPING, FAILED, LATE, UNREACHABLE]) | st.builds(
    lambda minutes: replace(OK, lastrun=START + minutes * MINUTE), st.integers(0, 30)
)
WAITS = st.sampled_from([timedelta(seconds=60), timedelta(seconds=480)]) | st.timedeltas(
    timedelta(seconds=1), timedelta(hours=2)
)
SERIES = st.lists(st.tuples(WAITS, VERDICTS), min_size=1, max_size=40)
thorough = settings(deadline=None, max_examples=60)


def steps_of(series: list[tuple[timedelta, Verdict]]) -> list[tuple[TaskState, Transition]]:
    """Return each step that a series of waits and verdicts leads to, and the state before it."""
    state, now, steps = TaskState(), START, []
    for wait, verdict in series:
        now += wait
        step = advance(TASK, state, Check(verdict, now, TOOK))
        steps.append((state, step))
        state = step.state
    return steps


@thorough
@given(SERIES)
def test_failures_and_recoveries_alternate(series: list[tuple[timedelta, Verdict]]) -> None:
    """Each incident is notified once, closed once, and never overlaps another."""
    told = [kind for _, step in steps_of(series) for kind in kinds(step) if kind is not NoticeKind.REMINDER]
    pairs = [NoticeKind.FAILED, NoticeKind.RECOVERED] * len(told)
    assert told == pairs[: len(told)]
    closed = [step.closed for _, step in steps_of(series) if step.closed]
    assert len(closed) == told.count(NoticeKind.RECOVERED)
    assert all(incident.closed and incident.opened < incident.closed for incident in closed)


@thorough
@given(SERIES)
def test_an_incident_is_open_from_the_first_error_to_the_next_ok(
    series: list[tuple[timedelta, Verdict]],
) -> None:
    """Sleep neither opens nor closes one, and the pace follows."""
    is_open = False
    for _, step in steps_of(series):
        status = step.state.verdict.status
        is_open = status is Status.ERROR or (is_open and status is Status.SLEEPING)
        assert (step.state.incident is not None) == is_open
        assert step.state.next_check
        assert step.state.checked_at
        pace = TASK.error_interval if is_open else TASK.interval
        assert step.state.next_check - step.state.checked_at == pace


@thorough
@given(SERIES)
def test_words_about_an_incident_are_at_least_the_remind_time_apart(
    series: list[tuple[timedelta, Verdict]],
) -> None:
    """A reminder comes at the first error that is late enough, never earlier, and never in sleep."""
    last_word = START
    for before, step in steps_of(series):
        now, verdict = step.state.checked_at, step.state.verdict
        assert now is not None
        due = before.incident is not None and now - last_word >= 30 * MINUTE
        assert (NoticeKind.REMINDER in kinds(step)) == (due and verdict.status is Status.ERROR)
        assert len(step.notices) <= (verdict.status is not Status.SLEEPING)
        last_word = now if step.notices else last_word


@thorough
@given(SERIES)
def test_spans_cover_each_monitored_moment_once(series: list[tuple[timedelta, Verdict]]) -> None:
    """Spans follow each other without overlap; gaps are only where monitoring stopped."""
    shown: tuple[Status, Cause | None] | None = None
    for before, step in steps_of(series):
        now, verdict = step.state.checked_at, step.state.verdict
        assert now is not None
        watched_until = min(now, before.fresh_until or now)
        changed = shown != (verdict.status, verdict.cause)
        if changed or watched_until < now:
            assert step.span == Span(now, verdict.status, verdict.cause, ended=watched_until)
            assert before.checked_at is None or before.checked_at <= step.span.ended <= step.span.started
        else:
            assert step.span is None
        shown = (verdict.status, verdict.cause)


@thorough
@given(SERIES)
def test_counters_count(series: list[tuple[timedelta, Verdict]]) -> None:
    """Each check is a ping, each verdict error an error, each new lastrun one run."""
    steps = [step for _, step in steps_of(series)]
    state = steps[-1].state
    assert state.pings == len(series)
    assert state.errors == sum(verdict.status is Status.ERROR for _, verdict in series)
    seen = [verdict.lastrun for _, verdict in series if verdict.lastrun]
    changes = [run for number, run in enumerate(seen) if number == 0 or run != seen[number - 1]]
    assert [step.run.lastrun for step in steps if step.run] == changes


@thorough
@given(SERIES)
def test_a_restart_neither_repeats_nor_forgets(series: list[tuple[timedelta, Verdict]]) -> None:
    """The state is all that is remembered: going on from a stored copy gives the very same steps."""
    for (before, step), (_, verdict) in zip(steps_of(series), series, strict=True):
        assert step.state.checked_at is not None
        assert advance(TASK, deepcopy(before), Check(verdict, step.state.checked_at, TOOK)) == step


def test_quiet() -> None:
    """While it is quiet a failure is shown but opens no incident; what is open goes on as ever."""
    step = advance(TASK, after(OK), Check(FAILED, START + MINUTE, TOOK), Context(confirmed=False))
    assert (step.state.verdict, step.state.incident, step.notices) == (FAILED, None, ())
    later = advance(TASK, step.state, Check(FAILED, START + 2 * MINUTE, TOOK))
    assert kinds(later) == [NoticeKind.FAILED]
    over = advance(TASK, later.state, Check(OK, START + 3 * MINUTE, TOOK), Context(confirmed=False))
    assert kinds(over) == [NoticeKind.RECOVERED]


def test_unknown_pauses_an_incident() -> None:
    """The verdict unknown opens, closes and reminds of no incident."""
    unknown = Verdict(Status.UNKNOWN, reason="no descriptors left")
    step = advance(TASK, after(FAILED), Check(unknown, START + 300 * MINUTE, TOOK))
    assert (step.state.verdict.status, step.notices) == (Status.UNKNOWN, ())
    assert step.state.incident == after(FAILED).incident
    assert advance(TASK, after(OK), Check(unknown, START + MINUTE, TOOK)).state.incident is None


def test_a_task_that_has_not_run_yet_ends_an_incident() -> None:
    """A task that is reachable again, but has not run yet, has recovered."""
    state = after(UNREACHABLE)
    pending = Verdict(Status.PENDING, reason="has not run yet", frequency=MINUTE, deadline=START + 9 * MINUTE)
    step = advance(TASK, state, Check(pending, START + 5 * MINUTE, TOOK))
    assert kinds(step) == [NoticeKind.RECOVERED]
    assert (step.state.incident, step.state.verdict) == (None, pending)


def test_a_notice_says_what_exactly_is_wrong() -> None:
    """A failure has the fault of its verdict, and so has the cause of the incident; a recovery has none."""
    fault = Fault(FaultCode.REFUSED)
    refused = replace(UNREACHABLE, fault=fault)
    (failed,) = advance(TASK, after(OK), Check(refused, START, TOOK)).notices
    (recovered,) = advance(TASK, after(OK, refused), Check(OK, START, TOOK)).notices
    assert (failed.fault, recovered.fault) == (fault, None)
    incident = after(OK, refused).incident
    assert incident is not None
    assert incident.cause_changes[-1].fault == fault
