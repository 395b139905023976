"""The moment that a task is judged at, when it is another than the time of day."""

from __future__ import annotations

from datetime import datetime

from py_pinger.config import MainSettings
from py_pinger.core.evaluation.evaluate import example_moment
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import ProbeResult, Response, TaskReport
from py_pinger.engine.checking.monitor import EvaluationClock


def evaluation_clock(main: MainSettings, started: datetime) -> EvaluationClock:
    """Return the clock that answers are judged by: the time of day, unless debug mode has another.

    `debug_now` as true is a moment inside the task's first sleep window, if it has one; as a moment it goes
    on from there, as time passes since `started`.
    """
    debug_now = main.debug and main.debug_now
    if isinstance(debug_now, datetime):
        ahead = debug_now - started
        return lambda _answer, now: now + ahead
    return _asleep_if_ever if debug_now else lambda _answer, now: now


def _asleep_if_ever(answer: ProbeResult, now: datetime) -> datetime:
    report = read_report(answer.body) if isinstance(answer, Response) else None
    return example_moment(report, now) if isinstance(report, TaskReport) else now
