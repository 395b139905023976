"""The breaches of the contract that need to be recognised: what a page, a status or a time is instead."""

from __future__ import annotations

from typing import Final

from py_pinger.core.evaluation.lenient_parser import TimeDefect
from py_pinger.core.evaluation.report_values import BreachError
from py_pinger.core.evaluation.timestamp import Unreadable
from py_pinger.core.faults.likely_meaning import status_meant
from py_pinger.core.model.fault import FaultCode
from py_pinger.core.text.formatting import clean, quoted
from py_pinger.core.text.page_excerpt import html_title, is_html

# How Python writes an object that was not dumped as JSON.
_PYTHON_OBJECT: Final = (b"{'", b"{ '")

_TIME_CODES: Final = {
    TimeDefect.NOTATION: FaultCode.TIME_NOTATION,
    TimeDefect.INCOMPLETE: FaultCode.TIME_INCOMPLETE,
    TimeDefect.ORDER: FaultCode.TIME_ORDER,
    TimeDefect.ZONE: FaultCode.TIME_ZONE,
    TimeDefect.UNKNOWN_ZONE: FaultCode.TIME_ZONE,
    TimeDefect.NUMBER: FaultCode.TIME_MILLISECONDS,
}


def not_json(body: bytes, error: str) -> BreachError:
    """Return why a page is not JSON, by what it is instead."""
    if is_html(body):
        title = html_title(body)
        called = f", titled {quoted(title)}" if title else ""
        return BreachError(f"the page is not JSON but HTML{called}", FaultCode.HTML_PAGE)
    if encoding := _not_utf_8(body):
        return BreachError(f"the page is not JSON: {encoding}", FaultCode.NOT_UTF_8)
    python = body.lstrip().startswith(_PYTHON_OBJECT)
    code = FaultCode.PYTHON_PAGE if python else FaultCode.NOT_JSON
    return BreachError(f"the page is not JSON: {clean(error)}", code)


def _not_utf_8(body: bytes) -> str | None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f"it is not text in UTF-8 (byte 0x{body[error.start]:02x} at position {error.start})"
    return None


def not_an_object(page: object) -> BreachError:
    """Return why JSON is not a report; a list of objects may be one of tasks."""
    listed = isinstance(page, list) and any(isinstance(each, dict) for each in page)
    code = FaultCode.TASK_LIST if listed else FaultCode.NOT_AN_OBJECT
    return BreachError(f"the page is not a JSON object but {quoted(page)}", code)


def unknown_status(value: object) -> BreachError:
    """Return why a status is neither of the two, and which of them it means."""
    problem, meant = f"status {quoted(value)} is neither ok nor error", status_meant(value)
    if meant is None:
        return BreachError(problem, FaultCode.STATUS_WORD)
    return BreachError(problem, FaultCode.STATUS_MEANING, f"{quoted(meant)} instead of {quoted(value)}")


def unreadable_time(key: str, value: object, reading: Unreadable) -> BreachError:
    """Return why the value of a key is not a time."""
    return BreachError(f"{key} {quoted(value)} {reading.what}", _TIME_CODES[reading.defect], key)
