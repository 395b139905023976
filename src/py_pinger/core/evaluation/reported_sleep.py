"""The sleep windows that a report states; one that breaks the contract is skipped with a warning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from py_pinger.core.evaluation import timestamp
from py_pinger.core.evaluation.report_values import length_in_minutes
from py_pinger.core.evaluation.sleep import plan
from py_pinger.core.model.check import (
    DailySleep,
    ReportWarning,
    ReportWarningKind,
    SingleSleep,
    SleepWindow,
)
from py_pinger.core.text.formatting import iso, quoted
from py_pinger.core.times import DAY, MIN_TIME

# A window for each day of a year; limits the work that a hostile page can cause.
WINDOWS_READ: Final = 366

_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?[0-5]\d)?)?")


class _UnusableWindowError(Exception):
    """A sleep window that breaks the contract; the message is the problem."""


def read_sleep(value: object, warnings: list[ReportWarning]) -> tuple[SleepWindow, ...]:
    """Return the windows that a report states, and add what is wrong with them to the warnings."""
    if value is None:
        return ()
    if not isinstance(value, list):
        text = f"sleep {quoted(value)} is not a list of windows; it is ignored"
        warnings.append(ReportWarning(ReportWarningKind.SLEEP_LIST, text))
        return ()
    if len(value) > WINDOWS_READ:
        text = f"sleep has {len(value)} windows; the first {WINDOWS_READ} are read"
        warnings.append(ReportWarning(ReportWarningKind.SLEEP_COUNT, text))
    found = (_window(item, warnings) for item in value[:WINDOWS_READ])
    windows = tuple(window for window in found if window)
    if not plan(windows).awake_a_day:
        text = "sleep covers the whole day, so the task is always asleep"
        warnings.append(ReportWarning(ReportWarningKind.SLEEP_ALWAYS, text))
    return windows


def _window(item: object, warnings: list[ReportWarning]) -> SleepWindow | None:
    try:
        return _sound_window(item, warnings)
    except _UnusableWindowError as problem:
        text = f"sleep window {quoted(item)} is skipped: {problem}"
        warnings.append(ReportWarning(ReportWarningKind.SLEEP_WINDOW, text))
        return None


def _sound_window(item: object, warnings: list[ReportWarning]) -> SleepWindow:
    if not isinstance(item, dict):
        raise _UnusableWindowError("it is not an object")
    duration = length_in_minutes(item.get("duration"))
    if duration is None:
        raise _UnusableWindowError("its duration is not a number of minutes above 0")
    start = item.get("start")
    clock = _time_of_day(start)
    return _single(start, duration, warnings) if clock is None else DailySleep(clock, duration)


def _time_of_day(start: object) -> timedelta | None:
    """Return the time since midnight UTC; None if the value is not a time of day."""
    if not isinstance(start, str) or not _TIME_OF_DAY.fullmatch(start.strip().upper()):
        return None
    try:
        clock = time.fromisoformat(start.strip().upper())
    except ValueError:
        return None
    return (datetime.combine(MIN_TIME + DAY, clock, clock.tzinfo or UTC) - MIN_TIME) % DAY


def _single(start: object, duration: timedelta, warnings: list[ReportWarning]) -> SingleSleep:
    reading = timestamp.read(start)
    if isinstance(reading, timestamp.Unreadable):
        raise _UnusableWindowError("its start is neither a time of day nor a date and time")
    if reading.odd:
        text = f"sleep start {quoted(start)} is not ISO 8601; it was read as {iso(reading.at)}"
        warnings.append(ReportWarning(ReportWarningKind.TIME_FORMAT, text))
    return SingleSleep(reading.at, duration)
