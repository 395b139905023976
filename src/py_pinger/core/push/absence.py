"""Reports that may have been lost while Py Pinger did not run: they make a task unknown, not late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import floor

from py_pinger.core.evaluation.scheduled_times import early_margin, scheduled_after
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.text.formatting import time_range, timestamp
from py_pinger.core.times import MAX_TIME, ZERO


def excuse(
    verdict: Verdict,
    previous: Verdict,
    absences: Sequence[Absence],
    grace: timedelta,
    interval: timedelta,
    now: datetime,
) -> Verdict:
    """Return the verdict on a task that is pushed; unknown if it is late and its report may be lost.

    That is so if Py Pinger did not run at some time between the moment at which the report was expected and
    one `interval` after the deadline. The task is late when the next report fails to come, too. That moment
    is the deadline of the unknown verdict, by which it is kept over later starts: see `previous`.
    """
    if verdict.cause is not Cause.LATE or verdict.deadline is None:
        return verdict
    if _is_excused(previous, verdict) and previous.deadline and now <= previous.deadline:
        return _unknown(verdict, previous.reason, previous.deadline)
    lost = [each for each in absences if _may_have_lost(each, verdict, verdict.deadline, grace, interval)]
    if not lost:
        return verdict
    last = max(lost, key=lambda each: each.end)
    until = _next_deadline(verdict, verdict.deadline, last.end, grace)
    return verdict if now > until else _unknown(verdict, _lost_since(last, until), until)


def _is_excused(previous: Verdict, verdict: Verdict) -> bool:
    """Return True if the previous verdict was unknown for the same report that did not come."""
    return previous.status is Status.UNKNOWN and previous.lastrun == verdict.lastrun


def _may_have_lost(
    absence: Absence, verdict: Verdict, deadline: datetime, grace: timedelta, interval: timedelta
) -> bool:
    if verdict.running_since and verdict.runtime:
        expected = verdict.running_since
    else:
        expected = deadline - grace - early_margin(verdict.frequency or ZERO)
    return absence.end >= expected and absence.start <= deadline + interval


def _next_deadline(verdict: Verdict, deadline: datetime, returned: datetime, grace: timedelta) -> datetime:
    """Return the deadline of the first report that is expected after Py Pinger has returned."""
    expected = deadline - grace
    if verdict.schedule is not None:
        due = next(scheduled_after(verdict.schedule, max(expected, returned)), None)
        return MAX_TIME if due is None else due + grace
    frequency = verdict.frequency or ZERO
    if not frequency:
        return deadline
    missed = floor(max(returned - expected, ZERO) / frequency)
    return deadline + (missed + 1) * frequency


def _lost_since(absence: Absence, until: datetime) -> str:
    away = time_range(absence.start, absence.end)
    return f"Py Pinger did not run {away}, a report may be lost; late if none comes by {timestamp(until)}"


def _unknown(verdict: Verdict, reason: str | None, until: datetime) -> Verdict:
    return replace(verdict, status=Status.UNKNOWN, cause=None, reason=reason, deadline=until, fault=None)
