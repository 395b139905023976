"""A report in JSON that is pushed: read by the contract, with what it leaves out filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson

from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import InvalidReport, ReportWarning, ReportWarningKind, TaskReport
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.routes import TAIL
from py_pinger.core.text.formatting import minutes

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def read_document(
    body: bytes, at: datetime, expectations: Expectations, *, healthy: bool
) -> tuple[bytes, TaskReport] | InvalidReport:
    """Return a report, complete, and what it says; it arrived at a moment and is `healthy` by its URL."""
    if len(body) > TAIL:
        too_long = Fault(FaultCode.LONG_REPORT)
        return InvalidReport(f"the report has more than {TAIL} bytes", fault=too_long)
    try:
        page = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        page = None
    if isinstance(page, dict):
        # A start says when its run began, not that one has ended: null is a moment as well.
        page = {"status": "ok" if healthy else "error", "lastrun": at.isoformat()} | page
        body = _dumped(page) or body
    report = read_stored(body, expectations)
    return report if isinstance(report, InvalidReport) else (body, report)


def read_stored(document: bytes, expectations: Expectations) -> TaskReport | InvalidReport:
    """Return what a report in JSON says; a frequency in the settings counts instead of that in the report.

    The report of a page must agree with the settings. To reject a push would lose it, so this one is only
    worth a warning.
    """
    report, expected = read_report(document, replace(expectations, frequency=None)), expectations.frequency
    if isinstance(report, InvalidReport) or expected is None:
        return report
    other = tuple(each for each in report.warnings if each.kind is not ReportWarningKind.NO_FREQUENCY)
    if other == report.warnings and report.frequency != expected:
        text = f"frequency {minutes(report.frequency)} is ignored; pinger.ini says {minutes(expected)}"
        other = (*other, ReportWarning(ReportWarningKind.FREQUENCY, text))
    return replace(report, frequency=expected, warnings=other)


def _dumped(page: Mapping[str, object]) -> bytes | None:
    """Return a report as JSON; None if it nests too deeply to be written."""
    try:
        return orjson.dumps(page)
    except orjson.JSONEncodeError:
        return None
