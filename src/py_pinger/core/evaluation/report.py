"""The contract: reads a task's page as a TaskReport or an InvalidReport.

Unknown keys are ignored, and the last of a repeated key counts, as in most JSON parsers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypedDict

import orjson

from py_pinger.core.evaluation import timestamp
from py_pinger.core.evaluation.scheduled_times import EXAMPLES, is_zone, read_schedule
from py_pinger.core.evaluation.sleep import plan
from py_pinger.core.model.check import (
    DailySleep,
    InvalidReport,
    ReportWarning,
    ReportWarningKind,
    SingleSleep,
    SleepWindow,
    TaskReport,
)
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.text.formatting import clean, compact, cut, iso, minutes, quoted
from py_pinger.core.times import DAY, MIN_TIME, MINUTE

DEFAULT_FREQUENCY: Final = timedelta(minutes=10)
REASON_LENGTH: Final = 1000
TAG_LENGTH: Final = 200

# A window for each day of a year; limits the work that a hostile page can cause.
WINDOWS_READ: Final = 366

# Enough to find the faults; limits what a hostile page can leave in the store.
WARNINGS_KEPT: Final = 20

# A thousand years: longer than any task runs, and sums stay far from overflow.
LONGEST: Final = timedelta(days=365_250)
_SHORTEST: Final = timedelta(microseconds=1)

# The expectations of tasks without such settings.
NO_EXPECTATIONS: Final = Expectations()

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?[0-5]\d)?)?")


class _Breach(Exception):  # noqa: N818 - not a program error: it carries a problem to read_report
    """A page or a sleep window that breaks the contract; the message is the problem."""


def read_report(body: bytes, terms: Expectations = NO_EXPECTATIONS) -> TaskReport | InvalidReport:
    """Read a task's page by the contract and the expectations; never raises, for any bytes."""
    try:
        page = _page(body)
    except _Breach as breach:
        return InvalidReport(str(breach))
    try:
        return _report(page, terms)
    except _Breach as breach:
        return InvalidReport(str(breach), **_labels(page))


class _Labels(TypedDict):
    """What a page says for people, whether or not it is a valid report."""

    reason: str | None
    process: str | None
    server: str | None


def _labels(page: Mapping[str, object]) -> _Labels:
    return {
        "reason": _text(page.get("reason"), REASON_LENGTH),
        "process": _text(page.get("process"), TAG_LENGTH),
        "server": _text(page.get("server"), TAG_LENGTH),
    }


def _page(body: bytes) -> Mapping[str, object]:
    if not body.strip():
        raise _Breach("the page is empty")
    try:
        page = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        raise _Breach(f"the page is not JSON: {_not_utf_8(body) or clean(str(error))}") from None
    if not isinstance(page, dict):
        raise _Breach(f"the page is not a JSON object but {quoted(page)}")
    return page


def _not_utf_8(body: bytes) -> str | None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f"it is not text in UTF-8 (byte 0x{body[error.start]:02x} at position {error.start})"
    return None


def _report(page: Mapping[str, object], terms: Expectations) -> TaskReport:
    warnings = [*terms.warnings]
    healthy, lastrun, schedule = _healthy(page), _lastrun(page, warnings), _schedule(page)
    started = _moment("started", page["started"], warnings) if "started" in page else None
    ended = lastrun if started and lastrun and started <= lastrun else None
    every = None if terms.schedule is None and schedule is None else DEFAULT_FREQUENCY
    return TaskReport(
        healthy=healthy,
        lastrun=lastrun or MIN_TIME,
        never_ran=lastrun is None,
        frequency=_frequency(page, terms.frequency or every, warnings, exact=terms.frequency is not None),
        schedule=schedule,
        sleep=_sleep(page.get("sleep"), warnings),
        started=started,
        running_since=None if ended else started,
        runtime=_runtime(page) if "runtime" in page else None,
        took=ended - started if ended and started else None,
        warnings=_bounded(warnings),
        **_labels(page),
    )


def _bounded(warnings: Sequence[ReportWarning]) -> tuple[ReportWarning, ...]:
    if len(warnings) <= WARNINGS_KEPT:
        return tuple(warnings)
    more = f"and {len(warnings) - WARNINGS_KEPT} more warnings"
    return (*warnings[:WARNINGS_KEPT], ReportWarning(ReportWarningKind.MORE, more))


def _required(page: Mapping[str, object], key: str) -> object:
    if key not in page:
        raise _Breach(f"the page has no {key}")
    return page[key]


def _healthy(page: Mapping[str, object]) -> bool:
    value = _required(page, "status")
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in ("ok", "error"):
        raise _Breach(f"status {quoted(value)} is neither ok nor error")
    return word == "ok"


def _lastrun(page: Mapping[str, object], warnings: list[ReportWarning]) -> datetime | None:
    """Return the time of the last run; None if the task has not run yet."""
    return _moment("lastrun", _required(page, "lastrun"), warnings)


def _moment(key: str, value: object, warnings: list[ReportWarning]) -> datetime | None:
    """Return the time that a key has; None for null, and for what stands for "never"."""
    if value is None:
        return None
    reading = timestamp.read(value)
    if isinstance(reading, timestamp.Unreadable):
        raise _Breach(f"{key} {quoted(value)} {reading.why}")
    if reading.is_never:
        return None
    if reading.odd:
        text = f"{key} {quoted(value)} is not ISO 8601; it was read as {iso(reading.at)}"
        warnings.append(ReportWarning(ReportWarningKind.TIME_FORMAT, text))
    return reading.at


def _runtime(page: Mapping[str, object]) -> timedelta | None:
    """Return how long a run may take; None if the page does not limit it."""
    value = page.get("runtime")
    length = _minutes(value)
    if value is not None and length is None:
        raise _Breach(f"runtime {quoted(value)} is not a number of minutes above 0")
    return length


def _schedule(page: Mapping[str, object]) -> Schedule | None:
    """Return the schedule that a page states; its time zone is UTC unless it says otherwise."""
    value, zone = page.get("schedule"), page.get("timezone", "UTC")
    if value is None:
        return None
    if not isinstance(zone, str) or not is_zone(zone):
        raise _Breach(f"timezone {quoted(zone)} is not a time zone such as Europe/Berlin")
    schedule = read_schedule(value, zone) if isinstance(value, str) else "is not a text"
    if isinstance(schedule, str):
        raise _Breach(f"schedule {quoted(value)} {schedule}; {EXAMPLES}")
    return schedule


def _frequency(
    page: Mapping[str, object], expected: timedelta | None, warnings: list[ReportWarning], *, exact: bool
) -> timedelta:
    """Return how often the task runs; `exact` if a page must not say otherwise than `expected`."""
    if "frequency" not in page and expected:
        return expected
    if "frequency" not in page:
        warnings.append(
            ReportWarning(ReportWarningKind.NO_FREQUENCY, "the page has no frequency; 10 minutes are assumed")
        )
        return DEFAULT_FREQUENCY
    value = page["frequency"]
    length = _minutes(value)
    if length is None:
        raise _Breach(f"frequency {quoted(value)} is not a number of minutes above 0")
    if exact and expected and length != expected:
        raise _Breach(
            f"frequency {quoted(value)} is not the {minutes(expected)} that pinger.ini expects of this task"
        )
    return length


def _minutes(value: object) -> timedelta | None:
    """Return a number of minutes as a duration; None unless it is above 0."""
    amount = _number(value)
    if amount is None or amount <= 0:
        return None
    return LONGEST if amount >= LONGEST / MINUTE else max(timedelta(minutes=amount), _SHORTEST)


def _number(value: object) -> float | None:
    """Return a number; text is accepted if it is a number in JSON."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object, length: int) -> str | None:
    """Return text cleaned and other JSON as compact JSON, for display.

    None for null and empty text.
    """
    if value is None:
        return None
    return (clean(value, length) if isinstance(value, str) else cut(compact(value), length)) or None


def _sleep(value: object, warnings: list[ReportWarning]) -> tuple[SleepWindow, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        warnings.append(
            ReportWarning(
                ReportWarningKind.SLEEP_LIST, f"sleep {quoted(value)} is not a list of windows; it is ignored"
            )
        )
        return ()
    if len(value) > WINDOWS_READ:
        warnings.append(
            ReportWarning(
                ReportWarningKind.SLEEP_COUNT,
                f"sleep has {len(value)} windows; the first {WINDOWS_READ} are read",
            )
        )
    found = (_window(item, warnings) for item in value[:WINDOWS_READ])
    windows = tuple(window for window in found if window)
    if not plan(windows).awake_a_day:
        warnings.append(
            ReportWarning(
                ReportWarningKind.SLEEP_ALWAYS, "sleep covers the whole day, so the task is always asleep"
            )
        )
    return windows


def _window(item: object, warnings: list[ReportWarning]) -> SleepWindow | None:
    try:
        return _sound_window(item, warnings)
    except _Breach as breach:
        warnings.append(
            ReportWarning(ReportWarningKind.SLEEP_WINDOW, f"sleep window {quoted(item)} is skipped: {breach}")
        )
        return None


def _sound_window(item: object, warnings: list[ReportWarning]) -> SleepWindow:
    if not isinstance(item, dict):
        raise _Breach("it is not an object")
    duration = _minutes(item.get("duration"))
    if duration is None:
        raise _Breach("its duration is not a number of minutes above 0")
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
        raise _Breach("its start is neither a time of day nor a date and time")
    if reading.odd:
        warnings.append(
            ReportWarning(
                ReportWarningKind.TIME_FORMAT,
                f"sleep start {quoted(start)} is not ISO 8601; it was read as {iso(reading.at)}",
            )
        )
    return SingleSleep(reading.at, duration)
