"""Any bytes at all, and the same facts told by the contract and by a page that is not ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from hypothesis import example, given
from hypothesis import strategies as st

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.evaluation.report import read_report
from py_pinger.core.model.check import InvalidReport, TaskReport, Verdict
from py_pinger.core.model.page import PageDefinition, PageKind, Unit
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page
from py_pinger.core.text.formatting import clean

NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
DAILY = Expectations(frequency=timedelta(days=1))

PAGES = (
    PageDefinition("json", lastrun="[].t", status="status", reason="reason", frequency="every"),
    PageDefinition("items", each="jobs", item_name="name", lastrun="t", unit=Unit.MILLISECONDS, status="s"),
    PageDefinition("xml", PageKind.XML, ".//item/@t", each=".//item", item_name="name", format="%Y-%m-%d"),
    PageDefinition("metrics", PageKind.METRICS, "m", item_name="job", status='m{a="b"}'),
    PageDefinition("text", PageKind.TEXT, "Date: *", status="Status: *"),
    PageDefinition("headers", PageKind.HEADERS, "header:Last-Modified"),
)


@given(st.sampled_from(PAGES), st.binary(max_size=400), st.none() | st.text(max_size=8))
@example(PAGES[0], b'[{"t": 1e400}, {"t": -1e308}, {"t": {"$date": []}}]', None)
@example(PAGES[1], b'{"jobs": {"a": {"name": {}, "t": 1}}}', "{}")
@example(PAGES[2], b"<r><item name='a' t='9999999-1-1'/></r>", "a")
@example(PAGES[3], b'm{job="x"} NaN\nm{job="y"} +Inf\n', "x")
def test_any_bytes_are_read(page: PageDefinition, body: bytes, item: str | None) -> None:
    """Whatever the bytes are, there is a report, or a sentence of one line that says why there is none."""
    found = read_page(open_page(page, body), {"last-modified": body.decode("latin-1")}, item, DAILY)
    if isinstance(found.report, InvalidReport):
        assert found.report.problem == clean(found.report.problem)
        assert len(found.report.problem) < 1200
    else:
        assert found.report.lastrun.tzinfo is UTC


def contract_page(at: datetime, *, healthy: bool, reason: str | None) -> bytes:
    """Return the page of the contract that says so."""
    facts = {"status": "ok" if healthy else "error", "lastrun": at.isoformat(), "reason": reason}
    return json.dumps(facts).encode()


def foreign_pages(at: datetime, *, healthy: bool, reason: str | None) -> list[tuple[PageDefinition, bytes]]:
    """Return pages of other kinds that say the same."""
    status, said = "SUCCESS" if healthy else "FAILED", {"message": reason}
    seconds = int(at.timestamp())
    of_json = PageDefinition(
        "j", lastrun="runs[].t", unit=Unit.MILLISECONDS, status="s", ok=("success",), reason="m.message"
    )
    of_xml = PageDefinition("x", PageKind.XML, "t", status="s", ok=("success",), reason="r")
    of_text = PageDefinition("t", PageKind.TEXT, "t=*", status="s=*", ok=("success",), reason="r=*")
    runs = [{"t": seconds * 1000}, {"t": str((seconds - 60) * 1000)}, {"t": None}]
    return [
        (of_json, json.dumps({"runs": runs, "s": status, "m": said}).encode()),
        (
            of_xml,
            f"<x xmlns='y'><t>{format_datetime(at, usegmt=True)}</t><s>{status}</s>"
            f"<r>{escape(reason or '')}</r></x>".encode(),
        ),
        (of_text, f"t={seconds}\ns={status}\nr={reason or ''}\n".encode()),
    ]


def verdict_of(report: TaskReport | InvalidReport) -> Verdict:
    """Return the verdict on a report now."""
    return evaluate_report(200, read(report, timedelta(minutes=5)), NOW)


@given(
    st.integers(0, 400_000).map(lambda each: NOW - timedelta(seconds=each)),
    st.booleans(),
    st.none() | st.text("abc xyz", min_size=1, max_size=20).map(str.strip).filter(bool),
)
def test_the_same_facts_lead_to_the_same_verdict(at: datetime, healthy: bool, reason: str | None) -> None:  # noqa: FBT001 - as drawn
    """A page of the contract and pages of other kinds that say the same lead to the same verdict."""
    if not healthy and reason is None:
        reason = "no reason"
    ours = verdict_of(read_report(contract_page(at, healthy=healthy, reason=reason), DAILY))
    for page, body in foreign_pages(at, healthy=healthy, reason=reason):
        assert verdict_of(read_page(open_page(page, body), {}, None, DAILY).report) == ours, page.name
