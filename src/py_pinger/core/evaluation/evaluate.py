"""Evaluates a probe result at a moment: the verdict table.

The first row that applies decides:

0. no response because of Py Pinger itself      unknown
1. no response                                 error, unreachable
2. an HTTP status outside 200-299              error, http
3. not a valid report                          error, invalid
4. now is inside a sleep window                sleeping
5. the task says error, or its run was too short  error, failed
6. lastrun is more than 5 min ahead of now     error, clock
7. now is past the deadline                    error, late
8. the task has not run yet                    pending
9. none of these                               ok

The deadline is the first moment at which the task has been awake for its frequency plus grace since its
last run, or since the first report of a task that has not run yet; exactly at the deadline is still ok. For
a task with a schedule it is the first moment at which it has been awake for grace since the scheduled time
that its next run is for. A task that says when its runs begin has a deadline for its next start, and another
for the end of the run that is under way; see `deadline`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from py_pinger.core.evaluation import sleep
from py_pinger.core.evaluation.deadline import counted_from, deadline_of, late_reason, schedule_of
from py_pinger.core.evaluation.not_listed import last_report
from py_pinger.core.evaluation.operator_sleep import applies_to, asleep_at
from py_pinger.core.evaluation.report import NO_EXPECTATIONS, read_report
from py_pinger.core.evaluation.run_length import apply_run_length
from py_pinger.core.evaluation.scheduled_times import gap_after
from py_pinger.core.faults.local_clock import CLOCK_TOLERANCE
from py_pinger.core.faults.report_faults import (
    clock_reason,
    fault_of_clock,
    fault_of_failed,
    fault_of_late,
)
from py_pinger.core.faults.response_fault import about_response, wrong_status
from py_pinger.core.model.check import (
    Cause,
    InvalidReport,
    ItemList,
    NoResponse,
    NotListed,
    PageReport,
    ProbeFailure,
    ProbeResult,
    Response,
    SingleSleep,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.text.formatting import count
from py_pinger.core.times import DAY, MAX_TIME, MIN_TIME, ZERO


@dataclass(frozen=True, slots=True)
class EvaluatedReport:
    """A report, and the parts of its verdict that do not depend on the moment.

    Most pages are the same in many checks, so they are read only once. As long as the task is ok, every
    verdict is the same object `ok_verdict`, so that the store recognises that nothing has changed.
    """

    report: TaskReport | InvalidReport | ItemList
    plan: sleep.SleepPlan
    ok_verdict: Verdict
    grace: timedelta = ZERO
    windows: tuple[OperatorSleep, ...] = ()

    def asleep_at(self, now: datetime) -> sleep.SleepPeriod | None:
        """Return the period of sleep that a moment is in; None if the task is awake."""
        if self.windows:
            return asleep_at(self.plan, self.windows, now)
        is_sleeper = isinstance(self.report, TaskReport) and self.report.sleep
        return self.plan.window_at(now) if is_sleeper else None


def evaluate(
    result: ProbeResult,
    now: datetime,
    grace: timedelta,
    expectations: Expectations = NO_EXPECTATIONS,
    previous: Verdict | None = None,
) -> Verdict:
    """Return the verdict on the result of a probe, with the expectations of the settings.

    The `previous` verdict has the deadline of a task that has not run yet.
    """
    if isinstance(result, NoResponse):
        if result.failure is ProbeFailure.LOCAL:
            return Verdict(Status.UNKNOWN, reason=result.detail)
        fault = result.fault or Fault(FaultCode(result.failure))
        return Verdict(Status.ERROR, Cause.UNREACHABLE, result.detail, fault=fault)
    report = report_of(result, expectations)
    if isinstance(report, NotListed):
        report = last_report(previous, expectations)
    reading = read(report, grace, expectations)
    return evaluate_response(result, reading, now, previous)


def report_of(response: Response, expectations: Expectations = NO_EXPECTATIONS) -> PageReport:
    """Return what a page says: as its section has read it, or by the contract."""
    return response.report or read_report(response.body, expectations)


def read(
    report: TaskReport | InvalidReport | ItemList,
    grace: timedelta,
    expectations: Expectations = NO_EXPECTATIONS,
) -> EvaluatedReport:
    """Return a report with its sleep and its deadline."""
    if isinstance(report, InvalidReport):
        return EvaluatedReport(report, sleep.plan(()), _invalid(report))
    if isinstance(report, ItemList):
        return EvaluatedReport(report, sleep.plan(()), _listing(report))
    if expectations.runtime or expectations.least_runtime:
        report = apply_run_length(report, expectations)
    windows = tuple(each for each in expectations.sleep if applies_to(each, report.server))
    schedule = schedule_of(report, expectations)
    facts = _facts(report, schedule, deadline_of(report, schedule, windows, grace))
    return EvaluatedReport(report, sleep.plan(report.sleep), facts, grace, windows)


def _facts(report: TaskReport, schedule: Schedule | None, deadline: datetime | None) -> Verdict:
    """Return the verdict on a task that is awake and well, or that has not run yet."""
    ran, last = not report.never_ran, counted_from(report)
    # In one go: each page that is new costs this, and copies of a verdict cost more than the rest.
    return Verdict(
        status=Status.OK if ran else Status.PENDING,
        reason=report.reason if ran else report.reason or _waiting_reason(report),
        process=report.process,
        server=report.server,
        lastrun=report.lastrun if ran else None,
        frequency=gap_after(schedule, last) if schedule and last else report.frequency,
        deadline=deadline,
        warnings=report.warnings,
        schedule=schedule,
        started=report.started,
        running_since=report.running_since,
        runtime=report.runtime if report.running_since else None,
        took=report.took if ran else None,
    )


def evaluate_response(
    response: Response, reading: EvaluatedReport, now: datetime, previous: Verdict | None = None
) -> Verdict:
    """Return the verdict on a response whose report has been read, as `evaluate_report` does."""
    verdict = evaluate_report(response.status, reading, now, previous)
    is_about_response = verdict.cause is Cause.HTTP or verdict.cause is Cause.INVALID
    return about_response(verdict, response, reading.report, now) if is_about_response else verdict


def evaluate_report(
    status: int, reading: EvaluatedReport, now: datetime, previous: Verdict | None = None
) -> Verdict:
    """Return the verdict on a report with an HTTP status; its `ok_verdict` if the task is ok.

    The `previous` verdict has the deadline of a task that has not run yet.
    """
    report, facts = reading.report, reading.ok_verdict
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return wrong_status(status, report)
    if isinstance(report, InvalidReport | ItemList):
        return facts
    if report.never_ran and facts.deadline is None:
        facts = _awaited(reading, report, now, previous)
    if asleep := reading.asleep_at(now):
        return _sleeping(facts, asleep)
    return _awake(report, facts, now)


def _awake(report: TaskReport, facts: Verdict, now: datetime) -> Verdict:
    """Apply rows 5 to 8."""
    if not report.healthy:
        reason = report.reason or "the task reports an error without a reason"
        return _failing(facts, Cause.FAILED, reason, fault_of_failed(report))
    if not report.never_ran and report.lastrun - now > CLOCK_TOLERANCE:
        reason = clock_reason(report.lastrun, now)
        return _failing(facts, Cause.CLOCK, reason, fault_of_clock(report, facts, now))
    if is_late(facts.deadline, now):
        reason = late_reason(report, facts.schedule, now)
        return _failing(facts, Cause.LATE, reason, fault_of_late(report, facts, now))
    return facts


def is_late(deadline: datetime | None, now: datetime) -> bool:
    """Return True if a task should have run again by now."""
    return deadline is not None and now > deadline


def example_moment(report: TaskReport, now: datetime) -> datetime:
    """Return a moment inside the report's first sleep window, to demonstrate sleep; else `now`."""
    window = next(iter(report.sleep), None)
    if window is None:
        return now
    if isinstance(window, SingleSleep):
        return window.start + min(window.duration / 2, MAX_TIME - window.start)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + window.start + min(window.duration, DAY) / 2


def _waiting_reason(report: TaskReport) -> str:
    if report.running_since:
        return "runs for the first time"
    return "has not reported yet" if report.awaited_since else "has not run yet"


def _awaited(
    reading: EvaluatedReport, report: TaskReport, now: datetime, previous: Verdict | None
) -> Verdict:
    """Return the facts of a task that has not run yet: its deadline counts from its first report."""
    facts, schedule = reading.ok_verdict, reading.ok_verdict.schedule
    if schedule:
        facts = replace(facts, frequency=gap_after(schedule, now))
    if previous and previous.deadline and (previous.lastrun, previous.schedule) == (None, schedule):
        return replace(facts, deadline=previous.deadline)
    awaited = replace(report, awaited_since=now)
    return replace(facts, deadline=deadline_of(awaited, schedule, reading.windows, reading.grace))


def _invalid(report: InvalidReport) -> Verdict:
    reason = f"{report.problem}; the task says: {report.reason}" if report.reason else report.problem
    return Verdict(
        Status.ERROR,
        Cause.INVALID,
        reason,
        process=report.process,
        server=report.server,
        fault=report.fault,
    )


def _listing(report: ItemList) -> Verdict:
    """Return the verdict on a page that lists items: it is ok, and never late."""
    reason = f"lists {count(len(report.names), 'item')}"
    return Verdict(Status.OK, reason=reason, warnings=report.warnings)


def _sleeping(facts: Verdict, window: sleep.SleepPeriod) -> Verdict:
    return replace(
        facts,
        status=Status.SLEEPING,
        sleep_start=None if window.start == MIN_TIME else window.start,
        sleep_end=None if window.end == MAX_TIME else window.end,
    )


def _failing(facts: Verdict, cause: Cause, reason: str, fault: Fault) -> Verdict:
    return replace(facts, status=Status.ERROR, cause=cause, reason=reason, fault=fault)
