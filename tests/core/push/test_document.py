"""Reports in JSON, and the report that pushes make together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from py_pinger.core.model.check import InvalidReport, ReportWarningKind, TaskReport
from py_pinger.core.model.push import FinishedRun, OpenRun, PushState
from py_pinger.core.model.task import Expectations
from py_pinger.core.push.document import read_document
from py_pinger.core.push.routes import TAIL
from py_pinger.core.push.stored_report import stored_report
from py_pinger.core.times import MIN_TIME

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURLY = Expectations(frequency=HOUR)


def read(body: bytes, terms: Expectations = HOURLY, *, healthy: bool = True) -> TaskReport:
    """Return what a valid report says."""
    read = read_document(body, AT, terms, healthy=healthy)
    assert not isinstance(read, InvalidReport)
    return read[1]


@pytest.mark.parametrize("healthy", [True, False])
def test_what_a_report_leaves_out_is_filled_in(*, healthy: bool) -> None:
    """The moment of arrival, the status of the URL, and the frequency of the settings."""
    expected = TaskReport(healthy=healthy, lastrun=AT, frequency=HOUR, server="web-1")
    assert read(b'{"server": "web-1"}', healthy=healthy) == expected


def test_what_a_report_says_counts() -> None:
    """Its own status and times are kept."""
    said = read(b'\xef\xbb\xbf{"status": "error", "lastrun": "2026-11-22T11:00:00Z", "reason": "no rows"}')
    assert (said.healthy, said.lastrun, said.reason) == (False, AT - HOUR, "no rows")


@pytest.mark.parametrize(
    ("terms", "frequency", "kinds"),
    [
        (HOURLY, HOUR, [ReportWarningKind.FREQUENCY]),
        (Expectations(frequency=HOUR / 3), HOUR / 3, []),
        (Expectations(), HOUR / 3, []),
    ],
)
def test_the_frequency_of_the_settings_counts(
    terms: Expectations, frequency: timedelta, kinds: list[ReportWarningKind]
) -> None:
    """A contradiction is a warning: to reject a push would lose it."""
    said = read(b'{"frequency": 20}', terms)
    assert (said.frequency, [each.kind for each in said.warnings]) == (frequency, kinds)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"[]", "the page is not a JSON object but []"),
        (b"", "the page is empty"),
        (b'{"status": "fine"}', 'status "fine" is neither ok nor error'),
        (b" " * TAIL + b"{}", f"the report has more than {TAIL} bytes"),
        (b'{"x":' * 300 + b"1" + b"}" * 300, None),
    ],
    ids=["list", "empty", "status", "long", "deep"],
)
def test_a_breach_is_one_sentence(body: bytes, problem: str | None) -> None:
    """A report that breaks the contract is rejected with the sentence that says why."""
    said = read_document(body, AT, HOURLY, healthy=True)
    assert isinstance(said, InvalidReport)
    assert problem is None or said.problem == problem


def test_the_document_is_complete() -> None:
    """What is stored says the same without the moment at which it arrived."""
    said = read_document(b'{"process": "x"}', AT, HOURLY, healthy=False)
    assert not isinstance(said, InvalidReport)
    stored = orjson.loads(said[0])
    assert stored == {"status": "error", "lastrun": "2026-11-22T12:00:00+00:00", "process": "x"}


PLAIN = TaskReport(healthy=True, lastrun=MIN_TIME, frequency=HOUR, never_ran=True, awaited_since=AT)
RUN = FinishedRun(AT + HOUR, AT + HOUR, healthy=False, reason="exit code 3", duration=HOUR / 2)


@pytest.mark.parametrize(
    ("state", "report"),
    [
        (PushState(AT), PLAIN),
        (
            PushState(AT, started=AT + HOUR, open_runs=(OpenRun("a", AT), OpenRun("b", AT + HOUR))),
            replace(PLAIN, started=AT + HOUR, running_since=AT),
        ),
        (
            PushState(AT, last=RUN),
            replace(
                PLAIN,
                healthy=False,
                lastrun=AT + HOUR,
                reason="exit code 3",
                never_ran=False,
                took=HOUR / 2,
            ),
        ),
        (
            PushState(
                AT,
                last=RUN,
                document=b'{"status":"ok","lastrun":"2026-11-22T12:00:00Z","server":"web-1","frequency":60}',
            ),
            replace(
                PLAIN,
                healthy=False,
                lastrun=AT + HOUR,
                reason="exit code 3",
                never_ran=False,
                took=HOUR / 2,
                server="web-1",
            ),
        ),
    ],
    ids=["new", "running", "failed", "json"],
)
def test_pushes_make_a_report(state: PushState, report: TaskReport) -> None:
    """What the page of the task would say if it had one."""
    assert stored_report(state, HOURLY) == report


def test_a_document_that_can_no_longer_be_read_is_invalid() -> None:
    """It is shown as such, instead of failing."""
    assert isinstance(stored_report(PushState(AT, document=b"[]"), HOURLY), InvalidReport)


def test_without_a_frequency_it_is_that_of_the_contract() -> None:
    """With a schedule the frequency has no meaning."""
    said = stored_report(PushState(AT), Expectations())
    assert isinstance(said, TaskReport)
    assert said.frequency == timedelta(minutes=10)
