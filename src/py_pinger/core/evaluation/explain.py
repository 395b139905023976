"""The arithmetic of a verdict as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from py_pinger.core.evaluation.deadline import next_expected
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.text.formatting import duration, iso, local_time, minutes
from py_pinger.core.times import MAX_TIME, ZERO


def explain(
    verdict: Verdict, now: datetime, grace: timedelta | None = None, *, by_local_clocks: bool = True
) -> str:
    """Return how the verdict follows from the report, in one line.

    Without `grace`, sleep and grace are one term. A scheduled time is by the clocks of its zone, or in UTC.

    Of a task that says when its runs begin, `started` counts, and the limit of the run that is under way.

    Examples: `lastrun 02:10:00Z, next expected Tue 02:00 CET (0 2 * * *) + grace 45 min = …; now … → …`, and
    `lastrun 09:00:00Z + 60 min + grace 5 min = 10:05:00Z; now 10:07:12Z → late by 2 min`.
    """
    if verdict.status is Status.PENDING and verdict.deadline:
        return f"pending: {verdict.reason}; late after {_clock(verdict.deadline, now)}"
    terms, deadline = _sum(verdict, grace, now, by_local_clocks=by_local_clocks), verdict.deadline
    if terms is None or deadline is None:
        return f"{verdict.cause or verdict.status}: {verdict.reason}"
    return f"{terms} = {_clock(deadline, now)}; now {_clock(now, now)} → {_result(verdict, deadline, now)}"


def _sum(verdict: Verdict, grace: timedelta | None, now: datetime, *, by_local_clocks: bool) -> str | None:
    """Return what the deadline is the sum of; None if the verdict does not follow from a deadline."""
    last, frequency, deadline = verdict.started or verdict.lastrun, verdict.frequency, verdict.deadline
    if last is None or deadline is None:
        return None
    if verdict.running_since and verdict.runtime:
        return f"started {_clock(verdict.running_since, now)} + runtime {minutes(verdict.runtime)}"
    did = f"{'started' if verdict.started else 'lastrun'} {_clock(last, now)}"
    if verdict.schedule:
        due = next_expected(verdict)
        if due is None:
            return f"{did}, not scheduled again ({verdict.schedule.written})"
        at = local_time(due, verdict.schedule.zone, now) if by_local_clocks else _clock(due, now)
        return f"{did}, next expected {at} ({verdict.schedule.written}){_allowed(due, deadline, grace)}"
    return None if frequency is None else " + ".join([did, *_terms(last, frequency, deadline, grace)])


def _terms(
    last: datetime, frequency: timedelta, deadline: datetime, grace: timedelta | None
) -> Iterator[str]:
    yield minutes(frequency)
    if grace:
        yield f"grace {minutes(grace)}"
    asleep = deadline - last - frequency - (grace or ZERO)
    if deadline != MAX_TIME and asleep > ZERO:
        yield f"{'sleep and grace' if grace is None else 'asleep'} {duration(asleep)}"


def _allowed(due: datetime, deadline: datetime, grace: timedelta | None) -> str:
    """Return the term of what is allowed after the scheduled time."""
    allowed = deadline - due if deadline != MAX_TIME else ZERO
    return f" + {'grace' if grace == allowed else 'sleep and grace'} {duration(allowed)}" if allowed else ""


def _result(verdict: Verdict, deadline: datetime, now: datetime) -> str:
    if verdict.status is Status.SLEEPING:
        end = verdict.sleep_end
        return f"sleeping until {_clock(end, now)}" if end else "sleeping always"
    if verdict.cause is Cause.LATE:
        return f"late by {duration(now - deadline)}"
    if verdict.status in {Status.ERROR, Status.UNKNOWN}:
        return f"{verdict.cause or verdict.status}: {verdict.reason}"
    return "ok, never due" if deadline == MAX_TIME else f"ok, due in {duration(deadline - now)}"


def _clock(at: datetime, now: datetime) -> str:
    """Return a time, with its date unless it is today."""
    if at == MAX_TIME:
        return "never"
    return iso(at).split("T")[1] if at.date() == now.date() else iso(at)
