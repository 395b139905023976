"""A state and a verdict become the next state, and what people have to be told.

One incident a task at a time: it opens at the verdict error and closes at ok. Sleeping pauses it. A change
of cause is kept in the incident's history and told with the next reminder. What is held back is owed: it is
told with the first look after the hold, unless the task is ok again by then. That people were told of an
incident is what makes its end worth telling, and then it is told at once, hold or not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from py_pinger.core.model.check import MISSED_CHECKS, Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, Suppression, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.times import MAX_TIME

# Turns kept of one incident, its first always among them: bounds what a task that flaps between causes costs.
CAUSE_CHANGES_KEPT = 100


def advance(  # noqa: PLR0913 - a check is all of these
    task: Task,
    state: TaskState,
    verdict: Verdict,
    now: datetime,
    took: timedelta,
    *,
    answer: bytes | None = None,
    quiet: bool = False,
    hold: Suppression | None = None,
    dependants: int = 0,
) -> Transition:
    """Return what this verdict leads to. `now` is when it was reached, `duration` how long the `answer` took.

    While `quiet` a failure is shown, but no incident is opened for it, nor is one told that nobody has heard
    of. While there is a `hold`, an incident goes its way, but people are told of a failure when that is over.
    Of the task's `dependants` so many fail.
    """
    verdict = verdict.completed_from(state.verdict)
    before = state.incident
    unseen = quiet and before is None
    if quiet and before and before.is_unannounced:
        hold = hold or Suppression.UNCONFIRMED
    incident = None if unseen else _followed(before, verdict, now, task.remind, hold)
    return Transition(
        url=task.url,
        state=_next_state(task, state, verdict, incident, now, took),
        span=_span(state, verdict, now),
        run=_run(state.verdict, verdict, now),
        closed=incident if incident and incident.closed else None,
        notices=_notices(task, verdict, before, incident, now, dependants),
        answer=answer,
    )


def _next_state(  # noqa: PLR0913, PLR0917 - as above
    task: Task, state: TaskState, verdict: Verdict, incident: Incident | None, now: datetime, took: timedelta
) -> TaskState:
    ongoing = None if incident and incident.closed else incident
    pace = task.pace(troubled=ongoing is not None)
    return TaskState(
        verdict=verdict,
        since=state.since if state.since and verdict.status is state.verdict.status else now,
        checked_at=now,
        duration=took,
        fresh_until=now + MISSED_CHECKS * pace + task.timeout,
        next_check=now + pace,
        pings=state.pings + 1,
        errors=state.errors + (verdict.status is Status.ERROR),
        incident=ongoing,
    )


def _followed(
    incident: Incident | None,
    verdict: Verdict,
    now: datetime,
    remind: timedelta | None,
    hold: Suppression | None,
) -> Incident | None:
    """Return the incident as this verdict leaves it: opened, gone on with, closed, or none at all."""
    if verdict.status is Status.ERROR:
        turn = CauseChange(now, verdict.cause or Cause.FAILED, verdict.reason or "")
        if incident is None:
            return Incident(now, now, (turn,), pending=PendingNotice.FAILED if hold else None)
        gone_on = _gone_on(incident, turn)
        return _held(gone_on, remind, hold) if hold else _told(gone_on, now, remind)
    if incident and verdict.status is Status.OK:
        return replace(incident, closed=now)
    return incident


def _gone_on(incident: Incident, turn: CauseChange) -> Incident:
    if incident.cause_changes[-1].cause is not turn.cause:
        first, *later = (*incident.cause_changes, turn)
        incident = replace(incident, cause_changes=(first, *later[1 - CAUSE_CHANGES_KEPT :]))
    # Told by a clock that has been set back since, it would fall silent until that time comes round again.
    return replace(incident, notified_at=min(incident.notified_at, turn.at))


def _held(incident: Incident, remind: timedelta | None, hold: Suppression) -> Incident:
    """Return the incident as a hold leaves it: who silences a task is reminded when the silence is over."""
    snoozed = hold is Suppression.SILENCED and remind is not None
    return replace(incident, pending=incident.pending or PendingNotice.REMINDER) if snoozed else incident


def _told(incident: Incident, now: datetime, remind: timedelta | None) -> Incident:
    if incident.is_unannounced:
        return replace(incident, notified_at=now, pending=None)
    if incident.pending or (remind and now >= incident.notified_at + remind):
        return replace(incident, notified_at=now, reminders=incident.reminders + 1, pending=None)
    return incident


def _span(state: TaskState, verdict: Verdict, now: datetime) -> Span | None:
    """Begin a new span at a change, and after a gap: what nobody watched belongs to no span."""
    seen_until = min(now, state.fresh_until or now)
    before = state.verdict
    if seen_until == now and (before.status, before.cause) == (verdict.status, verdict.cause):
        return None
    return Span(now, verdict.status, verdict.cause, ended=seen_until)


def _run(before: Verdict, verdict: Verdict, now: datetime) -> Run | None:
    if verdict.lastrun is None or verdict.lastrun == before.lastrun:
        return None
    # Of the causes, this one alone gives the task's own words; other reasons are ours.
    said = verdict.reason if verdict.cause in (None, Cause.FAILED) else None
    due = None if before.deadline == MAX_TIME else before.deadline
    return Run(verdict.lastrun, now, verdict.cause is not Cause.FAILED, said, due)


def _notices(  # noqa: PLR0913, PLR0917 - as above
    task: Task,
    verdict: Verdict,
    before: Incident | None,
    after: Incident | None,
    now: datetime,
    dependants: int,
) -> tuple[Notice, ...]:
    kind = _kind(before, after)
    if kind is None or after is None:
        return ()
    last = after.cause_changes[-1]
    failing = verdict.status is Status.ERROR
    notice = Notice(
        kind=kind,
        at=now,
        url=task.url,
        opened=after.opened,
        name=task.name,
        cause=verdict.cause if failing else last.cause,
        reason=verdict.reason if failing else last.reason,
        process=verdict.process,
        server=verdict.server,
        lastrun=verdict.lastrun,
        frequency=verdict.frequency,
        deadline=verdict.deadline,
        warnings=verdict.warning_texts,
        dependants=dependants if failing else 0,
    )
    return (notice,)


def _kind(before: Incident | None, after: Incident | None) -> NoticeKind | None:
    """Return what people have to be told of the way an incident has gone; nothing of one still unheard of."""
    if after is None or after.is_unannounced:
        return None
    if after.closed:
        return NoticeKind.RECOVERED
    if before is None or before.is_unannounced:
        return NoticeKind.FAILED
    return NoticeKind.REMINDER if after.reminders != before.reminders else None
