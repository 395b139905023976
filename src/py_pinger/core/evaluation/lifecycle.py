"""The state machine of a task: from a state and a check to the next state and notices.

A task has at most one incident at a time: it opens at the verdict error and closes at ok; sleeping pauses it.
A change of cause is kept in the incident's history and sent with the next reminder. A suppressed notice stays
pending: it is sent after the first check when the suppression is over, unless the task is ok by then. So does
the notice of a failure until it has lasted for the task's patience. While a failure lasts it is escalated to
channels that are notified later than others. A recovery is sent at once, suppressed or not, if the incident's
failure was notified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.evaluation.deadline import next_expected
from py_pinger.core.model.check import MISSED_CHECKS, Cause, Check, Status, Verdict
from py_pinger.core.model.fault import Fault
from py_pinger.core.model.incident import CauseChange, Incident, PendingNotice, Suppression, TaskState
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Run, Span, Transition
from py_pinger.core.times import MAX_TIME

# Cause changes kept of one incident, always including the first: bounds the size of one that flaps.
CAUSE_CHANGES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Context:
    """What a transition depends on besides the check.

    While a failure is not `confirmed` it is shown, but no incident opens for it, and none is notified for the
    first time. While there is a `suppression` incidents continue as usual, but notices about failures wait.
    `dependants` is the number of failing tasks that depend on this one. After each of the `levels` an
    incident is escalated. If Py Pinger did not run for a while since the last check of the task, it was
    monitored only until `watched_until`.
    """

    confirmed: bool = True
    watched_until: datetime | None = None
    suppression: Suppression | None = None
    dependants: int = 0
    levels: tuple[timedelta, ...] = ()


# The statuses that end an incident; sleeping pauses it.
_RECOVERED = frozenset({Status.OK, Status.PENDING})

# Suppressions by a person: when they end before the incident does, a reminder says that it goes on.
_BY_PEOPLE = frozenset({Suppression.SILENCED, Suppression.ACKNOWLEDGED})

# A confirmed failure of a task without silences and dependencies.
PLAIN = Context()


def advance(task: Task, state: TaskState, check: Check, context: Context = PLAIN) -> Transition:
    """Return the transition of a task that a check causes."""
    if check.verdict.lastrun is None:
        check = replace(check, verdict=check.verdict.completed_from(state.verdict))
    verdict, before = check.verdict, state.incident
    incident = _next_incident(task, before, verdict, check.at, context)
    return Transition(
        url=task.url,
        state=_next_state(task, state, check, incident),
        span=_span(state, verdict, check.at, context.watched_until),
        run=_run(state.verdict, verdict, check.at),
        closed=incident if incident and incident.closed else None,
        notices=_notices(task, before, incident, check, context.dependants),
        body=check.body,
    )


def next_notice_at(
    task: Task, incident: Incident, levels: Iterable[timedelta], now: datetime
) -> datetime | None:
    """Return when a notice about an incident is due by time alone, reminders aside.

    The patience ends, or a level is reached.
    """
    patience_ends = incident.waits_until(task.patience, now)
    ahead = (incident.opened + level for level in levels if level > incident.escalated)
    return patience_ends or min((at for at in ahead if at > now), default=None)


def _next_state(task: Task, state: TaskState, check: Check, incident: Incident | None) -> TaskState:
    ongoing = None if incident and incident.closed else incident
    pace = task.pace(troubled=ongoing is not None)
    status = check.verdict.status
    return TaskState(
        verdict=check.verdict,
        since=state.since if state.since and status is state.verdict.status else check.at,
        checked_at=check.at,
        duration=check.duration,
        fresh_until=check.at + MISSED_CHECKS * pace + task.timeout,
        next_check=check.at + pace,
        pings=state.pings + 1,
        errors=state.errors + (status is Status.ERROR),
        incident=ongoing,
    )


def _next_incident(
    task: Task, before: Incident | None, verdict: Verdict, now: datetime, context: Context
) -> Incident | None:
    """Return the incident after this verdict: opened, continued, closed, or None."""
    suppression = context.suppression
    if not context.confirmed:
        if before is None:
            return None
        if before.is_unannounced:
            suppression = suppression or Suppression.UNCONFIRMED
    if verdict.status is not Status.ERROR:
        return replace(before, closed=now) if before and verdict.status in _RECOVERED else before
    change = CauseChange(now, verdict.cause or Cause.FAILED, verdict.reason or "", verdict.fault)
    if before is None:
        waits = suppression or task.patience
        return Incident(now, now, (change,), pending=PendingNotice.FAILED if waits else None)
    continued = _continued(before, change)
    level = _level(continued, context, now)
    if suppression:
        return _suppressed(continued, task.remind, suppression, level)
    if continued.waits_until(task.patience, now):
        return continued
    return _notified(continued, now, task.remind, level)


def _level(incident: Incident, context: Context, now: datetime) -> timedelta:
    """Return the highest level that an incident has reached; a failure has to be confirmed for the next."""
    levels = context.levels if context.confirmed else ()
    reached = (level for level in levels if level <= now - incident.opened)
    return max(reached, default=incident.escalated)


def _continued(incident: Incident, change: CauseChange) -> Incident:
    if incident.cause_changes[-1].cause is not change.cause:
        first, *later = (*incident.cause_changes, change)
        incident = replace(incident, cause_changes=(first, *later[1 - CAUSE_CHANGES_KEPT :]))
    # If the clock was set back since the last notice, reminders must not stop until that time comes again.
    return replace(incident, notified_at=min(incident.notified_at, change.at))


def _suppressed(
    incident: Incident, remind: timedelta | None, suppression: Suppression, level: timedelta
) -> Incident:
    """Return the incident while notices are suppressed.

    After a silence, or an acknowledgement that was withdrawn, a reminder follows at once; after any
    suppression what was to be escalated.
    """
    if incident.is_unannounced:
        return incident
    if suppression in _BY_PEOPLE and remind is not None:
        return replace(incident, pending=PendingNotice.REMINDER)
    return replace(incident, pending=PendingNotice.ESCALATED) if level > incident.escalated else incident


def _notified(incident: Incident, now: datetime, remind: timedelta | None, level: timedelta) -> Incident:
    escalated = max(incident.escalated, level)
    if incident.is_unannounced:
        return replace(incident, notified_at=now, pending=None, escalated=escalated)
    reminds = remind and now >= incident.notified_at + remind
    if incident.pending is PendingNotice.REMINDER or reminds:
        count = incident.reminders + 1
        return replace(incident, notified_at=now, reminders=count, pending=None, escalated=escalated)
    return replace(incident, pending=None, escalated=escalated)


def _span(state: TaskState, verdict: Verdict, now: datetime, watched_until: datetime | None) -> Span | None:
    """Return a new span after a change, or after a gap.

    Time without monitoring belongs to no span.
    """
    before = state.verdict
    changed = (before.status, before.cause) != (verdict.status, verdict.cause)
    ended = min(now, state.fresh_until or now)
    if watched_until and (changed or _has_missed_check(state, watched_until, now)):
        ended = min(ended, watched_until)
    return Span(now, verdict.status, verdict.cause, ended) if changed or ended < now else None


def _has_missed_check(state: TaskState, watched_until: datetime, now: datetime) -> bool:
    """Return True if the task would have been checked while Py Pinger did not run."""
    if state.next_check is None or state.checked_at is None:
        return False
    return now - watched_until > state.next_check - state.checked_at


def _run(before: Verdict, verdict: Verdict, now: datetime) -> Run | None:
    if verdict.lastrun is None or verdict.lastrun == before.lastrun:
        return None
    # Only without a cause or with this one the reason is the task's; the others are Py Pinger's.
    task_reason = verdict.reason if verdict.cause in (None, Cause.FAILED) else None
    # By a wrong clock a run would be late by years, and as many runs before it missed.
    held = before.deadline != MAX_TIME and Cause.CLOCK not in (before.cause, verdict.cause)
    due = before.deadline if held else None
    return Run(verdict.lastrun, now, verdict.cause is not Cause.FAILED, task_reason, due, verdict.took)


def _notices(
    task: Task, before: Incident | None, after: Incident | None, check: Check, dependants: int
) -> tuple[Notice, ...]:
    kind, verdict = _kind(before, after), check.verdict
    if kind is None or after is None:
        return ()
    last = after.cause_changes[-1]
    failing = verdict.status is Status.ERROR
    notice = Notice(
        kind=kind,
        at=check.at,
        url=task.url,
        opened=after.opened,
        name=task.name,
        cause=verdict.cause if failing else last.cause,
        reason=verdict.reason if failing else last.reason,
        process=verdict.process,
        server=verdict.server,
        lastrun=verdict.lastrun,
        frequency=verdict.frequency,
        schedule=verdict.schedule.text if verdict.schedule else None,
        timezone=verdict.schedule.zone if verdict.schedule else None,
        expected=next_expected(verdict),
        deadline=verdict.deadline,
        warnings=verdict.warning_texts,
        dependants=dependants if failing else 0,
        log=check.log if verdict.cause is Cause.FAILED else (),
        fault=_fault(kind, verdict, last),
    )
    return (notice,)


def _fault(kind: NoticeKind, verdict: Verdict, last: CauseChange) -> Fault | None:
    """Return what exactly is wrong with the task; of one that has recovered nothing is."""
    if kind is NoticeKind.RECOVERED:
        return None
    return verdict.fault if verdict.status is Status.ERROR else last.fault


def _kind(before: Incident | None, after: Incident | None) -> NoticeKind | None:
    """Return the notice about an incident's change, None while it is unannounced."""
    if after is None or after.is_unannounced:
        return None
    if after.closed:
        return NoticeKind.RECOVERED
    if before is None or before.is_unannounced:
        return NoticeKind.FAILED
    if after.reminders != before.reminders:
        return NoticeKind.REMINDER
    return NoticeKind.ESCALATED if after.escalated > before.escalated else None
