"""Hostile pages and expressions stay within their bounds."""

from __future__ import annotations

import pytest

from py_pinger.core.model.check import InvalidReport
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.reading.json_document import compile_expression, traps
from py_pinger.core.reading.page_errors import ExpressionError
from py_pinger.core.reading.read import open_page, read_page


def problem_of(page: PageDefinition, body: bytes, item: str | None = None) -> str:
    """Return why a page cannot be read."""
    report = read_page(open_page(page, body), {}, item).report
    assert isinstance(report, InvalidReport)
    return report.problem


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("last-run", "'last-run' is not JMESPath at column 5; write a name with a hyphen in double quotes"),
        ("a = b", "'a = b' is not JMESPath at column 3; compare with =="),
        ("a.", "'a.' is not JMESPath at column 3: something is missing"),
        ("(a", "'(a' is not JMESPath: it ends too early"),
        ("a b", "'a b' is not JMESPath at column 3: 'b' was not expected here"),
        ("newest(a)", "'newest(a)' calls newest(), which JMESPath does not have"),
        ("(" * 51, "nests 51 brackets; at most 50 are allowed"),
        ("a" * 1001, "has 1001 characters; at most 1000 are allowed"),
    ],
)
def test_a_wrong_expression(text: str, sentence: str) -> None:
    """A wrong expression is reported with its column and the remedy."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ('[?n=="x"]', ("compares with the value of the key x; to compare with the text write 'x'",)),
        ("!a.b", ("!a.b means (!a).b; write !(a.b)",)),
        ("[?n=='x'].a", ()),
        ("!(a.b)", ()),
    ],
)
def test_traps(text: str, warnings: tuple[str, ...]) -> None:
    """What an expression says but its author can hardly mean is warned about."""
    assert traps(text) == warnings


XML = PageDefinition("x", PageKind.XML, ".//a")


@pytest.mark.parametrize(
    ("page", "body", "problem"),
    [
        (PageDefinition("j", lastrun="a"), b"", "the page is empty"),
        (PageDefinition("j", lastrun="a"), b"[" * 100_000, "the page is not JSON: "),
        (PageDefinition("j", lastrun="a"), b"\xff", "the page is not JSON: "),
        (PageDefinition("j", lastrun="length(a)"), b'{"a": 1}', "'length(a)' cannot be evaluated: "),
        (XML, b"<!DOCTYPE x [<!ENTITY a 'b'>]><a>&a;</a>", "the page has a DOCTYPE, which is not read"),
        (XML, b"<a>" * 65 + b"</a>" * 65, "the page nests more than 64 elements"),
        (XML, b"<r>" + b"<a/>" * 50_001 + b"</r>", "the page has more than 50,000 elements"),
        (XML, b"<a>", "the page is not XML: "),
        (
            PageDefinition("m", PageKind.METRICS, "m"),
            b'm{a="1"} 1785553200\n' * 10_001,
            "the page has more than 10,000 lines of m",
        ),
        (
            PageDefinition("j", lastrun="a"),
            b'{"a": 1785466800123}',
            "lastrun: finds 1785466800123, out of range for seconds; if these are milliseconds, set unit=ms",
        ),
        (
            PageDefinition("j", lastrun="a[]"),
            b'{"a": ["n/a", "soon"]}',
            'lastrun: finds 2 values, none of them a moment; the first is "n/a"',
        ),
        (
            PageDefinition("j", each="a", item_name="n", lastrun="t"),
            b'{"a": [{"n": "mail"}, {"n": "web"}, {"n": "wiki"}, {"n": "x"}]}',
            'the page lists no "photos"; it lists mail, web, wiki and 1 more',
        ),
        (PageDefinition("j", each="a", item_name="n", lastrun="t"), b'{"a": 3}', "each: finds 3, not a list"),
    ],
)
def test_a_page_that_cannot_be_read(page: PageDefinition, body: bytes, problem: str) -> None:
    """A page that cannot be read is invalid, with a sentence that says why."""
    assert problem_of(page, body, "photos" if page.has_items else None).startswith(problem)


def test_a_bad_line_hides_no_other() -> None:
    """A metrics page with lines that cannot be parsed is read from those that can."""
    body = b'm{a="1} x\nm{a="2"} 1.7855532e+09\nm{ 3\nm 1e400\n'
    report = read_page(open_page(PageDefinition("m", PageKind.METRICS, "m"), body), {}).report
    assert not isinstance(report, InvalidReport), report
