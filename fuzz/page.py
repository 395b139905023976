"""A task's page, at any moment: 8 bytes of now, 1 of grace, 1 of HTTP status, then the page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

from fuzz.line import assert_line
from py_pinger.core.evaluation import sleep
from py_pinger.core.evaluation.evaluate import evaluate, evaluate_report, example_moment, read
from py_pinger.core.evaluation.explain import explain
from py_pinger.core.evaluation.report import WARNINGS_KEPT, read_report
from py_pinger.core.evaluation.report_values import LONGEST, REASON_LENGTH, TAG_LENGTH
from py_pinger.core.evaluation.reported_sleep import WINDOWS_READ
from py_pinger.core.faults.local_clock import CLOCK_TOLERANCE
from py_pinger.core.model.check import (
    Cause,
    DailySleep,
    InvalidReport,
    Response,
    SleepWindow,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.times import MAX_TIME, MIN_TIME

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_CALENDAR = (MAX_TIME - MIN_TIME) // _TICK

# A sentence quotes 80 characters of one value and a moment; an HTTP status stands before a task's reason.
_SENTENCE = 300
_PREFIX = 60


def check(data: bytes) -> None:
    """Fail unless the page gets the verdict that the contract and plain arithmetic say it should have."""
    now = MIN_TIME + _TICK * (int.from_bytes(data[:8]) % _CALENDAR)
    grace = timedelta(minutes=int.from_bytes(data[8:9]) ** 2)
    status = 200 + 2 * int.from_bytes(data[9:10])
    body = data[10:]
    report = read_report(body)
    verdict = evaluate(Response(status, body, timedelta(0)), now, grace)
    assert verdict == evaluate(Response(status, body, timedelta(0)), now, grace), (
        "evaluated differently the second time"
    )
    _check_shown(verdict)
    assert_line(explain(verdict, now, grace), 2 * REASON_LENGTH)
    if isinstance(report, InvalidReport):
        assert verdict.cause in {Cause.INVALID, Cause.HTTP}
        return
    _check_bounded(report)
    _check_written_anew(report, body)
    _check_row(report, evaluate_report(200, read(report, grace), now), now)
    # The first run of a task is expected from its first report on, which is this one.
    since = now if report.never_ran else report.lastrun
    _check_deadline(report, evaluate_report(200, read(report, grace), now), grace, since)
    _check_example(report, now)


def _check_shown(verdict: Verdict) -> None:
    """Assert that each text of a verdict is one line, and an error has its cause and reason."""
    assert verdict.status in {Status.OK, Status.ERROR, Status.SLEEPING, Status.PENDING}
    assert (verdict.status is Status.ERROR) == (verdict.cause is not None)
    if verdict.status is Status.ERROR or verdict.reason is not None:
        assert_line(verdict.reason or "", REASON_LENGTH + _PREFIX)
    for tag in (verdict.process, verdict.server):
        if tag is not None:
            assert_line(tag, TAG_LENGTH)
    assert len(verdict.warnings) <= WARNINGS_KEPT + 1
    for warning in verdict.warning_texts:
        assert_line(warning, _SENTENCE)


def _check_bounded(report: TaskReport) -> None:
    assert len(report.sleep) <= WINDOWS_READ
    lengths = (report.frequency, *(window.duration for window in report.sleep))
    assert all(timedelta(0) < length <= LONGEST for length in lengths)


def _check_written_anew(report: TaskReport, body: bytes) -> None:
    """Assert that the page reads the same as the standard library writes it."""
    try:
        again = json.dumps(json.loads(body.removeprefix(b"\xef\xbb\xbf")) | {"unheard of": 0}, indent=1)
    except RecursionError:
        return
    assert read_report(b"\xef\xbb\xbf" + again.encode()) == report, (
        "reads differently when written differently"
    )


def _check_row(report: TaskReport, verdict: Verdict, now: datetime) -> None:
    """Compare the table of verdicts with each window evaluated alone."""
    asleep = any(_covers(window, now) for window in report.sleep)
    assert (verdict.status is Status.SLEEPING) == asleep
    if asleep:
        _check_window(report, verdict, now)
    elif not report.healthy:
        assert verdict.cause is Cause.FAILED
    elif not report.never_ran and report.lastrun - now > CLOCK_TOLERANCE:
        assert verdict.cause is Cause.CLOCK
    else:
        late = verdict.deadline is not None and now > verdict.deadline
        assert verdict.cause is (Cause.LATE if late else None)
        assert (verdict.status is Status.PENDING) == (report.never_ran and not late)


def _covers(window: SleepWindow, now: datetime) -> bool:
    if isinstance(window, DailySleep):
        return (now - MIN_TIME - window.start) % _DAY < window.duration
    return window.start <= now and now - window.start < window.duration


def _check_window(report: TaskReport, verdict: Verdict, now: datetime) -> None:
    """Assert that a task sleeps from its window's first moment to its last, and is awake right outside."""
    start, end = verdict.sleep_start or MIN_TIME, verdict.sleep_end or MAX_TIME
    assert start <= now < end or (now == end == MAX_TIME)
    outside = [end] if end < MAX_TIME else []
    outside += [start - _TICK] if start > MIN_TIME else []
    assert not any(_covers(window, at) for window in report.sleep for at in outside)


def _check_deadline(report: TaskReport, verdict: Verdict, grace: timedelta, since: datetime) -> None:
    """Check that the deadline is the first moment after the awake time that frequency and grace take."""
    assert verdict.deadline is not None
    assert verdict.deadline >= since
    if verdict.deadline == MAX_TIME:
        return
    awake = sleep.plan(report.sleep).awake_between
    assert awake(since, verdict.deadline) == report.frequency + grace
    assert awake(since, verdict.deadline - _TICK) < report.frequency + grace
    _check_parts_add_up(report, since, verdict.deadline)


def _check_parts_add_up(report: TaskReport, since: datetime, deadline: datetime) -> None:
    """Check that awake time is the sum of its parts, down to one that can be evaluated window by window."""
    plan = sleep.plan(report.sleep)
    middle = since + (deadline - since) / 2
    parts = [plan.awake_between(*ends) for ends in pairwise((since, middle, deadline))]
    assert sum(parts, timedelta(0)) == plan.awake_between(since, deadline)
    awake = not any(_covers(window, middle) for window in report.sleep)
    if middle < MAX_TIME:
        assert plan.awake_between(middle, middle + _TICK) == (_TICK if awake else timedelta(0))


def _check_example(report: TaskReport, now: datetime) -> None:
    """Assert that the moment that shows sleep lies inside the first window."""
    year = now.replace(year=min(max(now.year, 1970), 2999), day=1)
    example = example_moment(report, year)
    assert not report.sleep or example == MAX_TIME or _covers(report.sleep[0], example)
