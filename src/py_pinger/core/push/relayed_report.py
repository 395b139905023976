"""What a page said, as a report by the contract that is pushed to another Py Pinger.

That one evaluates it by its own settings: whether the task is late is not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.check import (
    DailySleep,
    ReportWarningKind,
    SleepWindow,
    Status,
    TaskReport,
    Verdict,
)
from py_pinger.core.times import MINUTE

_SECONDS_A_MINUTE: Final = 60
_MINUTES_AN_HOUR: Final = 60


def relayed_report(report: TaskReport | None, verdict: Verdict) -> Mapping[str, object]:
    """Return the keys of a report in JSON; without a report they state why there is none."""
    keys = _of_verdict(verdict) if report is None else _of_report(report)
    # A null is a statement for lastrun only.
    return {key: value for key, value in keys.items() if value is not None or key == "lastrun"}


def _of_verdict(verdict: Verdict) -> dict[str, object]:
    text = verdict.reason or "the task failed"
    return {
        "status": "error" if verdict.status is Status.ERROR else "ok",
        "lastrun": None,
        "reason": f"{verdict.cause}: {text}" if verdict.cause else text,
        "process": verdict.process,
        "server": verdict.server,
    }


def _of_report(report: TaskReport) -> dict[str, object]:
    schedule = report.schedule
    return {
        "status": "ok" if report.healthy else "error",
        "lastrun": None if report.never_ran else _time(report.lastrun),
        "reason": report.reason,
        "frequency": _minutes(report.frequency) if _states_frequency(report) else None,
        "schedule": schedule.text if schedule else None,
        "timezone": schedule.zone if schedule else None,
        "sleep": [_window(each) for each in report.sleep] or None,
        "started": _time(report.started) if report.started else None,
        "runtime": _minutes(report.runtime) if report.runtime else None,
        "process": report.process,
        "server": report.server,
    }


def _states_frequency(report: TaskReport) -> bool:
    assumed = any(each.kind is ReportWarningKind.NO_FREQUENCY for each in report.warnings)
    return report.schedule is None and not assumed


def _window(window: SleepWindow) -> dict[str, object]:
    start = _time_of_day(window.start) if isinstance(window, DailySleep) else _time(window.start)
    return {"start": start, "duration": _minutes(window.duration)}


def _time(at: datetime) -> str:
    return at.isoformat()


def _time_of_day(after_midnight: timedelta) -> str:
    minutes, seconds = divmod(int(after_midnight.total_seconds()), _SECONDS_A_MINUTE)
    return f"{minutes // _MINUTES_AN_HOUR:02}:{minutes % _MINUTES_AN_HOUR:02}:{seconds:02}"


def _minutes(length: timedelta) -> float:
    return length / MINUTE
