"""A page of another program: lines of [page x], an empty line, then the page. `#NAME` in the first line."""

from __future__ import annotations

from configparser import ConfigParser, Error
from datetime import UTC, timedelta

from pydantic import ValidationError

from fuzz.line import assert_line
from py_pinger.config.schema.page_keys import PageSettings, page_definition
from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.page import SAMPLE_LENGTH, PageDefinition
from py_pinger.core.model.task import Expectations
from py_pinger.core.reading.check import problems_of, warnings_of
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page
from py_pinger.core.reading.sample import sample_of

_DAILY = Expectations(frequency=timedelta(days=1))

_HEADERS = {"last-modified": "Sat, 01 Aug 2026 03:00:00 GMT"}

# An expression of 1,000 characters may be quoted whole.
_SENTENCE = 2500


def check(data: bytes) -> None:
    """Fail unless there is a report or a sentence, the same one twice, for any section and any page."""
    section, _, body = data.partition(b"\n\n")
    lines = section.decode("utf-8", "replace")
    item, _, keys = lines.partition("\n") if lines.startswith("#") else ("", "", lines)
    page = _page(keys)
    if page is None:
        return
    problems = list(problems_of(page))
    for _, sentence in (*problems, *warnings_of(page)):
        assert_line(sentence, _SENTENCE)
    if not problems:
        _check_reading(page, body, item[1:] or None)


def _page(keys: str) -> PageDefinition | None:
    parser = ConfigParser(interpolation=None, delimiters=("=",), default_section="")
    try:
        parser.read_string(f"[x]\n{keys}")
        return page_definition("x", PageSettings.model_validate(dict(parser["x"])))
    except (Error, ValidationError, KeyError):
        return None


def _check_reading(page: PageDefinition, body: bytes, item: str | None) -> None:
    opened = open_page(page, body)
    found = read_page(opened, _HEADERS, item, _DAILY)
    again = read_page(open_page(page, body), _HEADERS, item, _DAILY)
    assert len(sample_of(opened, item, _HEADERS)) <= SAMPLE_LENGTH, "shows too much"
    assert found == again, "reads otherwise the second time"
    for finding in found.findings:
        assert_line(finding.text, _SENTENCE)
    if isinstance(found.report, InvalidReport):
        assert_line(found.report.problem, _SENTENCE)
        return
    assert found.report.lastrun.tzinfo is UTC
    assert found.report.frequency > timedelta(0)
    for text in (found.report.reason, found.report.process, found.report.server):
        assert text is None or text.isprintable() or len(text) <= _SENTENCE
