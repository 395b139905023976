"""Documents of other programs, each read into the report that it should come to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.foreign_pages import ROWS, RUN, Row

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import Cause, InvalidReport, Status, TaskReport
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page

SOON = RUN + timedelta(hours=1)
TOO_LATE = RUN + timedelta(days=3)
DAILY = Expectations(frequency=timedelta(days=1))


def report_of(row: Row, document: str) -> TaskReport | InvalidReport:
    """Read a document as a row says."""
    return read_page(open_page(row.page, document.encode()), dict(row.headers), row.item, DAILY).report


@pytest.mark.parametrize("name", ROWS)
def test_a_success(name: str) -> None:
    """A document of a success is a healthy report with the moment of the last run, ok an hour later."""
    report = report_of(ROWS[name], ROWS[name].success)
    assert isinstance(report, TaskReport), report
    assert (report.healthy, report.frequency) == (True, timedelta(days=1))
    at = report.lastrun.replace(microsecond=0, second=0)
    assert at == (RUN.replace(hour=0) if name == "sitemap" else RUN)
    assert evaluate_report(200, read(report, timedelta(0)), SOON).status is Status.OK


@pytest.mark.parametrize("name", ROWS)
def test_a_success_long_ago(name: str) -> None:
    """The same document is late three days later."""
    report = report_of(ROWS[name], ROWS[name].success)
    verdict = evaluate_report(200, read(report, timedelta(0)), TOO_LATE)
    assert (verdict.status, verdict.cause) == (Status.ERROR, Cause.LATE)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.failure])
def test_a_failure(name: str) -> None:
    """A document of a failure is a failed task with the reason that the page gives."""
    row = ROWS[name]
    report = report_of(row, row.failure or "")
    verdict = evaluate_report(200, read(report, timedelta(0)), SOON)
    assert (verdict.status, verdict.cause, verdict.reason) == (Status.ERROR, Cause.FAILED, row.reason)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.never is not None])
def test_never(name: str) -> None:
    """A document of a task that has never run, or not to an end, is invalid, and says so."""
    row = ROWS[name]
    report = report_of(row, row.never or "")
    assert isinstance(report, InvalidReport)
    assert report.problem.startswith(("has never run: lastrun is ", "the page lists no ")), report.problem
