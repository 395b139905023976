"""The time that a task's response is evaluated at.

The time of day, unless debug mode has another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from py_pinger.config import MainSettings
from py_pinger.core.evaluation.evaluate import example_moment, report_of
from py_pinger.core.model.check import ProbeResult, Response, TaskReport
from py_pinger.engine.checking.monitor import EvaluationClock, Monitor
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange


class DebugClock:
    """Gives the monitor its evaluation clock; `now` returns the time of day."""

    def __init__(self, monitor: Monitor, now: Callable[[], datetime]) -> None:
        self._monitor = monitor
        self._now = now

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another `debug_now` in force.

        An unchanged one goes on from its start.
        """
        main, replaced = change.settings.main, change.replaced.main

        def apply(_: object) -> None:
            if (main.debug, main.debug_now) != (replaced.debug, replaced.debug_now):
                self._monitor.evaluation_clock = evaluation_clock(main, self._now())

        return apply


def evaluation_clock(main: MainSettings, started: datetime) -> EvaluationClock | None:
    """Return the clock for the evaluation with these settings, None for the time of day.

    With `debug_now` true it is a time inside the task's first sleep window, if it has one. With a time it
    starts from there, and passes as the time of day does since `started`.
    """
    debug_now = main.debug and main.debug_now
    if isinstance(debug_now, datetime):
        ahead = debug_now - started
        return lambda _response, now: now + ahead
    return _inside_sleep if debug_now else None


def _inside_sleep(response: ProbeResult, now: datetime) -> datetime:
    report = report_of(response) if isinstance(response, Response) else None
    return example_moment(report, now) if isinstance(report, TaskReport) else now
