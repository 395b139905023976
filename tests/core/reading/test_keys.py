"""What single keys of a page find: status, frequency, and the selectors of metrics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.reading.documents.metrics_document import Selector, parse_label_names, parse_selector
from py_pinger.core.reading.documents.page_errors import ExpressionError
from py_pinger.core.reading.findings import Finding
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page

STATUS = PageDefinition("j", lastrun="t", status="s")
WORDS = PageDefinition("j", lastrun="t", status="s", ok=("succ*", "200"), warn=("unst*",), error=("fail*",))
ONLY_ERROR = PageDefinition("j", lastrun="t", status="s", ok=(), error=("fail*",))
ERROR_TRUE = PageDefinition("j", lastrun="t", status="s", ok=(), error=("true",))
OK_FALSE = PageDefinition("j", lastrun="t", status="s", ok=("false",))
METRIC = PageDefinition("m", PageKind.METRICS, "t", status="s", ok=("1",))
EVERY = PageDefinition("j", lastrun="t", frequency="every")
EVERY_HOURS = PageDefinition("j", lastrun="t", frequency="every", frequency_unit=timedelta(hours=1))
REMEDY = "; add schedule or frequency to the task's section; it last ran 2026-08-01T03:00:00Z"
ASSUMED = "the page has no frequency; 10 minutes are assumed"


def json_body(rest: str) -> bytes:
    """Return a page with a moment and more keys."""
    return f'{{"t": 1785553200, {rest}}}'.encode()


@pytest.mark.parametrize(
    ("page", "body", "healthy", "reason", "warnings", "found"),
    [
        (STATUS, json_body('"s": true'), True, None, (), "true"),
        (STATUS, json_body('"s": false'), False, "s is false", (), "false"),
        (
            STATUS,
            json_body('"s": null'),
            True,
            None,
            ("status: finds nothing; only the last run counts",),
            "nothing",
        ),
        (
            STATUS,
            json_body('"s": "  "'),
            True,
            None,
            ("status: finds nothing; only the last run counts",),
            "nothing",
        ),
        (STATUS, json_body('"s": "OK"'), True, None, (), '"OK": ok'),
        (STATUS, json_body('"s": ["ok"]'), True, None, (), '"ok": ok'),
        (STATUS, json_body('"s": "True"'), True, None, (), "true"),
        (STATUS, json_body('"s": "false"'), False, "s is false", (), "false"),
        # Words count before what a boolean means by itself.
        (ERROR_TRUE, json_body('"s": true'), False, 'status is "true"', (), '"true": error'),
        (ERROR_TRUE, json_body('"s": false'), True, None, (), '"false": ok'),
        (ERROR_TRUE, json_body('"s": "false"'), True, None, (), '"false": ok'),
        (OK_FALSE, json_body('"s": false'), True, None, (), '"false": ok'),
        (OK_FALSE, json_body('"s": true'), False, 'status is "true"', (), '"true": not ok (false)'),
        (WORDS, json_body('"s": true'), True, None, (), "true"),
        (STATUS, json_body('"s": "bad"'), False, 'status is "bad"', (), '"bad": not ok (ok)'),
        (WORDS, json_body('"s": "SUCCESS"'), True, None, (), '"SUCCESS": ok'),
        (WORDS, json_body('"s": 200'), True, None, (), '"200": ok'),
        (WORDS, json_body('"s": 200.0'), True, None, (), '"200": ok'),
        (WORDS, json_body('"s": "Failed"'), False, 'status is "Failed"', (), '"Failed": error'),
        (
            WORDS,
            json_body('"s": "UNSTABLE"'),
            True,
            None,
            ('status is "UNSTABLE"',),
            '"UNSTABLE": warning',
        ),
        (ONLY_ERROR, json_body('"s": "failure"'), False, 'status is "failure"', (), '"failure": error'),
        (ONLY_ERROR, json_body('"s": "running"'), True, None, (), '"running": ok'),
        (METRIC, b"t 1785553200\ns 1\n", True, None, (), '"1": ok'),
        (METRIC, b"t 1785553200\ns 0.5\n", False, 'status is "0.5"', (), '"0.5": not ok (1)'),
    ],
)
def test_status(
    page: PageDefinition,
    body: bytes,
    healthy: bool,  # noqa: FBT001 - a column of the table
    reason: str | None,
    warnings: tuple[str, ...],
    found: str,
) -> None:
    """A status makes a task healthy or not, with a reason, and is shown by `pinger check`."""
    reading = read_page(open_page(page, body), {})
    report = reading.report
    assert not isinstance(report, InvalidReport), report
    assert (report.healthy, report.reason) == (healthy, reason)
    assert tuple(warning.text for warning in report.warnings) == (*warnings, ASSUMED)
    assert reading.findings[1:] == (Finding("status", "s", found),)


@pytest.mark.parametrize(
    ("page", "rest", "problem"),
    [
        (STATUS, '"s": ["ok", "bad"]', "status: finds 2 values; write an expression that finds one"),
        (WORDS, '"s": "gone"', 'status is "gone": neither ok (succ*, 200) nor error (fail*)'),
        (EVERY, '"every": "5 min"', 'frequency: finds "5 min", not a number above 0' + REMEDY),
        (EVERY, '"every": true', "frequency: finds true, not a number above 0" + REMEDY),
        (EVERY, '"every": 0', "frequency: finds 0, not a number above 0" + REMEDY),
        (EVERY, '"every": -5', "frequency: finds -5, not a number above 0" + REMEDY),
        (EVERY, '"every": "nan"', 'frequency: finds "nan", not a number above 0' + REMEDY),
        (EVERY, '"every": null', "frequency: finds null, not a number above 0" + REMEDY),
    ],
)
def test_a_value_that_cannot_be_used(page: PageDefinition, rest: str, problem: str) -> None:
    """A status or a frequency that cannot be understood makes the page invalid."""
    report = read_page(open_page(page, json_body(rest)), {}).report
    assert isinstance(report, InvalidReport)
    assert report.problem == problem


@pytest.mark.parametrize(
    ("page", "every", "frequency", "found"),
    [
        (EVERY, "5", timedelta(minutes=5), "5 min"),
        (EVERY, '"0.5"', timedelta(seconds=30), "0.5 min"),
        (EVERY_HOURS, "24.0", timedelta(days=1), "1440 min"),
    ],
)
def test_frequency(page: PageDefinition, every: str, frequency: timedelta, found: str) -> None:
    """A frequency is a number, or a text that is one, in the unit of the section."""
    reading = read_page(open_page(page, json_body(f'"every": {every}')), {})
    assert not isinstance(reading.report, InvalidReport), reading.report
    assert (reading.report.frequency, reading.report.warnings) == (frequency, ())
    assert reading.findings[1:] == (Finding("frequency", "every", found),)


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("up", Selector("up")),
        (" up{} ", Selector("up")),
        ('up { a = "1" , b="2", } ', Selector("up", (("a", "1"), ("b", "2")))),
        (r'up{a="say \"x\""}', Selector("up", (("a", 'say "x"'),))),
        (r'up{a="C:\\new"}', Selector("up", (("a", "C:\\new"),))),
        (r'up{a="x\ny"}', Selector("up", (("a", "x\ny"),))),
        (r'up{a="\d"}', Selector("up", (("a", r"\d"),))),
    ],
)
def test_a_selector(text: str, selector: Selector) -> None:
    """A selector is a name and labels, with the escapes that Prometheus knows."""
    assert parse_selector(text) == selector


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1up", "'1up' is not a metric; write it like name or name{label=\"value\"}"),
        ("up{a=1}", "'up{a=1}' has labels that cannot be read; write {label=\"value\"}"),
        (
            'up{a="1" b="2"}',
            '\'up{a="1" b="2"}\' has labels that cannot be read; write {label="value"}',
        ),
    ],
)
def test_a_wrong_selector(text: str, sentence: str) -> None:
    """A wrong selector is reported with the remedy."""
    with pytest.raises(ExpressionError) as caught:
        parse_selector(text)
    assert str(caught.value) == sentence


def test_label_names() -> None:
    """The names of labels stand behind each other with commas; what cannot be one is reported."""
    assert parse_label_names("namespace, cronjob") == ("namespace", "cronjob")
    with pytest.raises(ExpressionError) as caught:
        parse_label_names("a, b-c")
    assert str(caught.value) == "'b-c' is not the name of a label; write it like namespace, cronjob"


@pytest.mark.parametrize(("label", "healthy"), [(r"x\ny", True), (r"x\\ny", False), ("z", True)])
def test_labels_choose_the_sample(label: str, healthy: bool) -> None:  # noqa: FBT001 - a column of the table
    """Labels are compared after the escapes of both sides are resolved."""
    page = PageDefinition("m", PageKind.METRICS, "t", status=f's{{a="{label}"}}', ok=("1",))
    body = b't 1785553200\ns{a="x\\ny"} 1\ns{a="x\\\\ny"} 0\ns{a="z",b="c"} 1\n'
    report = read_page(open_page(page, body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.healthy is healthy
    assert [warning.text for warning in report.warnings] == [ASSUMED]
