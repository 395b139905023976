"""The contract: reads a task's page as a TaskReport or an InvalidReport.

Unknown keys are ignored, and the last of a repeated key counts, as in most JSON parsers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, TypedDict

import orjson

from py_pinger.core.evaluation import timestamp
from py_pinger.core.evaluation.breaches import not_an_object, not_json, unknown_status, unreadable_time
from py_pinger.core.evaluation.report_values import (
    REASON_LENGTH,
    TAG_LENGTH,
    BreachError,
    length_in_minutes,
)
from py_pinger.core.evaluation.reported_sleep import read_sleep
from py_pinger.core.evaluation.scheduled_times import EXAMPLES, is_zone, read_schedule
from py_pinger.core.faults.likely_meaning import misspelled
from py_pinger.core.model.check import InvalidReport, ReportWarning, ReportWarningKind, TaskReport
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations
from py_pinger.core.text.formatting import clean, compact, cut, iso, minutes, quoted
from py_pinger.core.times import MIN_TIME

DEFAULT_FREQUENCY: Final = timedelta(minutes=10)

# Enough to find the faults; limits what a hostile page can leave in the store.
WARNINGS_KEPT: Final = 20

# The expectations of tasks without such settings.
NO_EXPECTATIONS: Final = Expectations()

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_KEYS: Final = frozenset(
    {
        "status",
        "reason",
        "lastrun",
        "frequency",
        "schedule",
        "timezone",
        "sleep",
        "started",
        "runtime",
        "process",
        "server",
    }
)


def read_report(body: bytes, terms: Expectations = NO_EXPECTATIONS) -> TaskReport | InvalidReport:
    """Read a task's page by the contract and the expectations; never raises, for any bytes."""
    try:
        page = _page(body)
    except BreachError as breach:
        return InvalidReport(str(breach), fault=breach.fault)
    try:
        return _report(page, terms)
    except BreachError as breach:
        return InvalidReport(str(breach), **_labels(page), fault=breach.fault)


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
        raise BreachError("the page is empty", FaultCode.EMPTY_PAGE)
    try:
        page = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        raise not_json(body, str(error)) from None
    if not isinstance(page, dict):
        raise not_an_object(page)
    return page


def _report(page: Mapping[str, object], terms: Expectations) -> TaskReport:
    warnings = [*terms.warnings]
    healthy, ran, schedule = (
        _healthy(page),
        _moment("lastrun", _required(page, "lastrun"), warnings),
        _schedule(page),
    )
    began = _moment("started", page["started"], warnings) if "started" in page else None
    lastrun, started = ran.at if ran else None, began.at if began else None
    ended = lastrun if started and lastrun and started <= lastrun else None
    every = None if terms.schedule is None and schedule is None else DEFAULT_FREQUENCY
    return TaskReport(
        healthy=healthy,
        lastrun=lastrun or MIN_TIME,
        never_ran=lastrun is None,
        frequency=_frequency(page, terms.frequency or every, warnings, exact=terms.frequency is not None),
        schedule=schedule,
        sleep=read_sleep(page["sleep"], warnings) if "sleep" in page else (),
        started=started,
        running_since=None if ended else started,
        runtime=_runtime(page) if "runtime" in page else None,
        took=ended - started if ended and started else None,
        zoneless=ran is not None and ran.zoneless,
        warnings=_bounded(warnings),
        **_labels(page),
    )


def _bounded(warnings: Sequence[ReportWarning]) -> tuple[ReportWarning, ...]:
    if len(warnings) <= WARNINGS_KEPT:
        return tuple(warnings)
    more = f"and {len(warnings) - WARNINGS_KEPT} more warnings"
    return (*warnings[:WARNINGS_KEPT], ReportWarning(ReportWarningKind.MORE, more))


def _required(page: Mapping[str, object], key: str) -> object:
    if key in page:
        return page[key]
    if other := misspelled(key, page, _KEYS):
        problem = f"the page has no {key}; did you mean {quoted(other)}?"
        raise BreachError(problem, FaultCode.MISSPELLED_KEY, f"{quoted(other)} to {quoted(key)}")
    raise BreachError(f"the page has no {key}", FaultCode.MISSING_KEY, key)


def _healthy(page: Mapping[str, object]) -> bool:
    value = _required(page, "status")
    word = value.strip().lower() if isinstance(value, str) else None
    if word not in ("ok", "error"):
        raise unknown_status(value)
    return word == "ok"


def _moment(key: str, value: object, warnings: list[ReportWarning]) -> timestamp.Timestamp | None:
    """Return the time that a key has; None for null, and for what stands for "never"."""
    if value is None:
        return None
    reading = timestamp.read(value)
    if isinstance(reading, timestamp.Unreadable):
        raise unreadable_time(key, value, reading)
    if reading.at < timestamp.FIRST_TIME:
        return None  # it stands for "never"
    if reading.odd:
        text = f"{key} {quoted(value)} is not ISO 8601; it was read as {iso(reading.at)}"
        warnings.append(ReportWarning(ReportWarningKind.TIME_FORMAT, text))
    return reading


def _runtime(page: Mapping[str, object]) -> timedelta | None:
    """Return how long a run may take; None if the page does not limit it."""
    value = page.get("runtime")
    length = length_in_minutes(value)
    if value is not None and length is None:
        raise BreachError(f"runtime {quoted(value)} is not a number of minutes above 0", FaultCode.MINUTES)
    return length


def _schedule(page: Mapping[str, object]) -> Schedule | None:
    """Return the schedule that a page states; its time zone is UTC unless it says otherwise."""
    value, zone = page.get("schedule"), page.get("timezone", "UTC")
    if value is None:
        return None
    if not isinstance(zone, str) or not is_zone(zone):
        problem = f"timezone {quoted(zone)} is not a time zone such as Europe/Berlin"
        raise BreachError(problem, FaultCode.ZONE_NAME)
    schedule = read_schedule(value, zone) if isinstance(value, str) else "is not a text"
    if isinstance(schedule, str):
        raise BreachError(f"schedule {quoted(value)} {schedule}; {EXAMPLES}", FaultCode.SCHEDULE)
    return schedule


def _frequency(
    page: Mapping[str, object], expected: timedelta | None, warnings: list[ReportWarning], *, exact: bool
) -> timedelta:
    """Return how often the task runs; `exact` if a page must not say otherwise than `expected`."""
    if "frequency" not in page and expected:
        return expected
    if "frequency" not in page:
        warnings.append(ReportWarning(ReportWarningKind.NO_FREQUENCY, _no_frequency(page)))
        return DEFAULT_FREQUENCY
    value = page["frequency"]
    length = length_in_minutes(value)
    if length is None:
        raise BreachError(f"frequency {quoted(value)} is not a number of minutes above 0", FaultCode.MINUTES)
    if exact and expected and length != expected:
        expects = f"the {minutes(expected)} that pinger.ini expects of this task"
        raise BreachError(f"frequency {quoted(value)} is not {expects}", FaultCode.OTHER_FREQUENCY)
    return length


def _no_frequency(page: Mapping[str, object]) -> str:
    other = misspelled("frequency", page, _KEYS)
    meant = f'; did you mean "frequency" by {quoted(other)}?' if other else ""
    return f"the page has no frequency; 10 minutes are assumed{meant}"


def _text(value: object, length: int) -> str | None:
    """Return text cleaned and other JSON as compact JSON, for display.

    None for null and empty text.
    """
    if value is None:
        return None
    return (clean(value, length) if isinstance(value, str) else cut(compact(value), length)) or None
