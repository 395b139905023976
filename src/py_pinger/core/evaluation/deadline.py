"""The deadline of a report, and why a task is late.

A task whose report says when its runs begin has two deadlines. With a limit for its run time, a run that is
under way is due to end that long after its start. Otherwise the next run is due to start: as far after the
start of the last one as runs are apart. A task without starts is due to report, counted from its last run;
one that has never reported, from when its first report began to be awaited.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from py_pinger.core.evaluation.operator_sleep import awake_for
from py_pinger.core.evaluation.scheduled_times import due_after
from py_pinger.core.model.check import TaskReport, Verdict
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.text.formatting import between_runs, duration, local_time
from py_pinger.core.times import MAX_TIME


def schedule_of(report: TaskReport, expectations: Expectations) -> Schedule | None:
    """Return the schedule that a task is evaluated by: what the operator states comes first."""
    stated_by_page = None if expectations.frequency else report.schedule
    return expectations.schedule or stated_by_page


def deadline_of(
    report: TaskReport,
    schedule: Schedule | None,
    windows: tuple[OperatorSleep, ...],
    grace: timedelta,
) -> datetime | None:
    """Return the moment after which a task is late; None if it has not run and is awaited since no moment.

    The report's `runtime` is the limit that holds.
    """
    if report.running_since and report.runtime:
        return _later(report.running_since, report.runtime)
    last = counted_from(report)
    if last is None:
        return None
    if schedule is not None:
        due = due_after(schedule, last)
        return MAX_TIME if due is None else awake_for(report.sleep, windows, grace, due)
    allowed = report.frequency + grace
    if not (report.sleep or windows):
        return _later(last, allowed)
    return awake_for(report.sleep, windows, allowed, last)


def counted_from(report: TaskReport) -> datetime | None:
    """Return the moment from which the next run is expected: of the last start, run, or first wait."""
    return report.started or (report.awaited_since if report.never_ran else report.lastrun)


def next_expected(verdict: Verdict) -> datetime | None:
    """Return the scheduled time that the next run is for; None without a schedule or a run."""
    last = verdict.started or verdict.lastrun
    return due_after(verdict.schedule, last) if verdict.schedule and last else None


def late_reason(report: TaskReport, schedule: Schedule | None, now: datetime) -> str:
    """Return why a task is late, as a sentence for people."""
    if report.running_since and report.runtime:
        return f"running for {duration(now - report.running_since)}, may take {between_runs(report.runtime)}"
    expected = f"should run {f'by {schedule}' if schedule else f'every {between_runs(report.frequency)}'}"
    if report.never_ran and report.started is None:
        return f"has never {'reported' if report.awaited_since else 'run'}, {expected}"
    last = report.started or report.lastrun
    did = "started" if report.started else "ran"
    ago = duration(now - last)
    if schedule is not None:
        due = due_after(schedule, last)
        return f"last {did} {ago} ago, was expected {local_time(due, schedule.zone, now)}" if due else ""
    # Both are cut to their larger units: without "over" a few seconds late would read as in time.
    over = "over " if ago == duration(report.frequency) else ""
    return f"last {did} {over}{ago} ago, {expected}"


def _later(start: datetime, length: timedelta) -> datetime:
    return start + length if length <= MAX_TIME - start else MAX_TIME
