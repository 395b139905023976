"""Documents that are not in the design's table, read by sections as pinger.ini holds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.data_pages import DATA
from tests.support.ini_texts import LoadText
from tests.support.scheduler_pages import SCHEDULERS, Document

from py_pinger.core.evaluation.evaluate import evaluate_report, read
from py_pinger.core.model.check import Cause, InvalidReport, Status, Verdict
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page

DOCUMENTS = SCHEDULERS | DATA
SOON = datetime(2026, 8, 1, 4, tzinfo=UTC)
TOO_LATE = SOON + timedelta(days=3)


def verdict_of(load_text: LoadText, document: Document, body: str, now: datetime) -> Verdict:
    """Return the verdict on a document that is read by its section."""
    fragment = f"#{document.item}" if document.item else ""
    task = f"[task t]\nurl=https://b.example/{fragment}\npage=p\nfrequency=1440\n"
    settings = load_text(f"[page p]\n{document.section}\n{task}")
    assert settings.warnings == ()
    terms = settings.tasks[0].expectations
    assert terms.page is not None
    report = read_page(open_page(terms.page, body.encode()), {}, document.item, terms).report
    if isinstance(report, InvalidReport):
        return Verdict(Status.ERROR, Cause.INVALID, report.problem)
    assert report.warnings == ()
    return evaluate_report(200, read(report, timedelta(0)), now)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document(load_text: LoadText, name: str) -> None:
    """A good run is ok an hour later without a warning, and late after days; a bad one is failed."""
    document = DOCUMENTS[name]
    soon = verdict_of(load_text, document, document.success, SOON)
    assert (soon.status, soon.reason) == (Status.OK, soon.reason)
    assert verdict_of(load_text, document, document.success, TOO_LATE).cause is Cause.LATE
    if document.failure is not None:
        assert verdict_of(load_text, document, document.failure, SOON).cause is Cause.FAILED
    if document.never is not None:
        never = verdict_of(load_text, document, document.never, SOON)
        assert (never.cause, (never.reason or "")[:13]) == (Cause.INVALID, "has never run")
