"""Hostile pages and expressions stay within their bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest

from py_pinger.core.model.check import InvalidReport, ReportWarning, ReportWarningKind
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.reading.documents.json_expression import compile_expression, traps
from py_pinger.core.reading.documents.page_errors import ExpressionError
from py_pinger.core.reading.documents.xml_document import split_path
from py_pinger.core.reading.findings import Finding
from py_pinger.core.reading.opened_page import open_page
from py_pinger.core.reading.read import read_page
from py_pinger.core.reading.sample import sample_of


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
        ("a.", "'a.' is not JMESPath at column 3; something is missing"),
        ("(a", "'(a' is not JMESPath: it ends too early"),
        ("a b", "'a b' is not JMESPath at column 3; 'b' was not expected here"),
        ("newest(a)", "'newest(a)' calls newest(), which JMESPath does not have"),
        ("length()", "'length()' calls length(), which takes 1 value, not 0"),
        ("sort(a, b)", "'sort(a, b)' calls sort(), which takes 1 value, not 2"),
        ("max_by(a, b)", "'max_by(a, b)' calls max_by(), whose expression begins with &: max_by(runs, &end)"),
        ("a[?b > 5]", "'a[?b > 5]' is not JMESPath at column 8; write a number in backticks: `5`"),
        ("5", "'5' is not JMESPath at column 1; write a constant in single quotes: '5'"),
        ("$.a", "'$.a' is not JMESPath at column 1; leave out the $: JMESPath begins with a name"),
        (".a", "'.a' is not JMESPath at column 1; leave out the dot in front"),
        (
            "a..b",
            "'a..b' is not JMESPath at column 3; write the whole path",
        ),
        (
            "a['b']",
            '"a[\'b\']" is not JMESPath at column 3; write a key behind a dot: jobs."a-b"',
        ),
        ("a.0", "'a.0' is not JMESPath at column 3; write an index in brackets: jobs[0]"),
        (
            "a/0",
            "'a/0' is not JMESPath at column 2; write dots, and an index in brackets: jobs[0].end",
        ),
        ("a and b", "'a and b' is not JMESPath at column 3; write &&, || and !"),
        ("a # b", "'a # b' is not JMESPath at column 3; put a comment on a separate line"),
        ("\u201ca\u201d", "'\u201ca\u201d' is not JMESPath at column 1; use the quotes ' and \""),
        ("(" * 51, "nests 51 brackets; at most 50 are allowed"),
        ("a#b", "'a#b' is not JMESPath at column 2; Unknown token #"),
        ("!" * 999 + "a", f"'{'!' * 999}a' is nested too deeply"),
        ("a" * 1001, "has 1001 characters; at most 1000 are allowed"),
    ],
)
def test_a_wrong_expression(text: str, sentence: str) -> None:
    """A wrong expression is reported with its column and the remedy."""
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a/" * 500 + "a", "has 1001 characters; at most 1000 are allowed"),
        ("a/text()", "'a/text()' is not a path of elements: leave out /text()"),
        ("a:b/c", "'a:b/c' is not a path of elements: leave out namespaces and their prefixes"),
        ("a/@b:c", "'a/@b:c' is not a path of elements: leave out namespaces and their prefixes"),
        ("a[b:c='x']", "\"a[b:c='x']\" is not a path of elements: leave out namespaces and their prefixes"),
        ("a | b", "'a | b' is not a path of elements: write one path of names"),
        ("$.a", "'$.a' is not a path of elements: write one path of names"),
        ("/", "'' is not a path of elements: it names no element"),
        ("{u}b", "'{u}b' is not a path of elements: leave out namespaces and their prefixes"),
        ("a[contains(b,'c')]", "\"a[contains(b,'c')]\" is not a path of elements: invalid predicate"),
        ("a[b", "'a[b' is not a path of elements: invalid path"),
    ],
)
def test_a_wrong_path(text: str, sentence: str) -> None:
    """A wrong path of elements is reported with the reason."""
    with pytest.raises(ExpressionError) as caught:
        split_path(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ('[?n=="x"]', ("compares with the value of the key x; to compare with the text write 'x'",)),
        ("!a.b", ("!a.b means (!a).b; write !(a.b)",)),
        ("[?n=='x'].a", ()),
        ("!(a.b)", ()),
        (
            "[?a==true]",
            ("compares with the value of the key true; to compare with the constant write `true`",),
        ),
        ("a[].b | max", ("finds the key max; to call the function write max(@)",)),
        ("a | b", ()),
        ("a[1:3].b", ()),
        (
            "[!a.b, c[?n==x]]",
            (
                "!a.b means (!a).b; write !(a.b)",
                "compares with the value of the key x; to compare with the text write 'x'",
            ),
        ),
        ("a" + "[]" * 499, ()),
    ],
)
def test_traps(text: str, warnings: tuple[str, ...]) -> None:
    """What an expression says but its author can hardly mean is warned about."""
    assert traps(text) == warnings


JOBS = PageDefinition("m", PageKind.METRICS, "m", item_name="job")
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
            PageDefinition("j", lastrun="a"),
            b"<html>",
            "the page is not JSON, and begins like XML or HTML: ",
        ),
        (PageDefinition("j", lastrun="a"), b'{"a": 1}\n{"a": ', "the page is not JSON: "),
        (
            PageDefinition("j", each="a", item_name="nmae", lastrun="t"),
            b'{"a": [{"name": "mail"}, {"name": "web"}]}',
            "name: finds nothing in 2 items",
        ),
        (
            PageDefinition("j", each="a", item_name="@key", lastrun="t"),
            b'{"a": [{"name": "mail"}]}',
            "@key: each does not find an object, so that its items have no keys",
        ),
        (
            PageDefinition("j", each="@", item_name="name", lastrun="t"),
            b'[{"name":"photos","t":"2026-07-01T03:00:00Z"},{"name":"photos","t":"01.08.2026 03:00"}]',
            'lastrun: finds "01.08.2026 03:00", which could be 8 January or 1 August; set format=',
        ),
        (
            PageDefinition("h", PageKind.HEADERS, "'x'", item_name="x"),
            b"",
            'the page lists no "photos"; it lists nothing',
        ),
        (XML, b'<?xml version="1.0" encoding="x-y"?><a/>', "the page is not XML: unknown encoding: x-y"),
        (
            XML,
            b'<?xml version="1.0" encoding="utf-7"?><a/>',
            "the page is not XML: multi-byte encodings are not supported",
        ),
        (
            PageDefinition("j", lastrun="a" + "[]" * 499),
            b'{"a": 1}',
            f"'a{'[]' * 499}' cannot be evaluated: maximum recursion depth exceeded",
        ),
        (
            JOBS,
            b'm 1785553200\nm{job="mail"} 1785553200\n',
            'the page lists no "photos"; it lists mail',
        ),
        (
            JOBS,
            b"".join(b'm{job="%d"} 1785553200\n' % each for each in range(1001)),
            'the page lists no "photos"; it lists 0, 1, 2 and 997 more',
        ),
        (
            PageDefinition("j", lastrun="a"),
            b'{"a": true}',
            "lastrun: finds true, which is not a date and time",
        ),
        (
            PageDefinition("j", lastrun="a"),
            b'{"a": {"t": 1785553200}}',
            'lastrun: finds {"t":1785553200}, which is not a date and time',
        ),
        (
            PageDefinition("j", lastrun="a", format="%d.%m.%Y %H:%M"),
            b'{"a": "31.06.2026 03:00"}',
            'lastrun: finds "31.06.2026 03:00", not in the format %d.%m.%Y %H:%M',
        ),
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
    body = (
        b'm{a="1} x\nm{a="2"} 1.7855532e+09\nm{ 3\nm 1e400\n'
        b'm\xc2\xa0x 1785600000\nm{"m.x"} 1785600000\nm x{a="2"} 1785600000\n'
    )
    report = read_page(open_page(PageDefinition("m", PageKind.METRICS, "m"), body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


def test_more_values_than_are_read() -> None:
    """Of more moments than are read, the newest of the first 10,000 counts."""
    body = b"[" + b"1785553200," * 10_000 + b"1785600000]"
    reading = read_page(open_page(PageDefinition("j", lastrun="@"), body), {})
    text = "10000 values, newest 1785553200 = 2026-08-01T03:00:00Z"
    assert reading.findings == (Finding("lastrun", "@", text),)
    assert not isinstance(reading.report, InvalidReport), reading.report
    text = "lastrun: finds more than 10000 values, of which the first are read"
    assert reading.report.warnings[0].text == f"{text}; filter them in the URL or in lastrun"
    assert reading.report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (
            PageDefinition("j", each="@", item_name="n", lastrun="t"),
            b"[" + b",".join(b'{"n":"a","t":%d}' % (1785553200 + each) for each in range(1002)) + b"]",
        ),
        (
            PageDefinition("x", PageKind.XML, "@t", each="b", item_name="@n"),
            b"<a>" + b"".join(b'<b n="a" t="%d"/>' % (1785553200 + each) for each in range(1002)) + b"</a>",
        ),
    ],
)
def test_more_items_than_are_read(page: PageDefinition, body: bytes) -> None:
    """Items beyond the first 1,000 are left out with a warning, since a newer run may be among them."""
    report = read_page(open_page(page, body), {}, "a").report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, 16, 39, tzinfo=UTC)
    text = "each: finds 1002 items, of which the first 1000 are read; filter them in the URL or in each"
    assert report.warnings[0] == ReportWarning(ReportWarningKind.LEFT_OUT, text)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(
            (path, b"<rss><item><d>1785553200</d></item></rss>")
            for path in ("item/d", "rss/item/d", "/rss/item/d")
        ),
        *((path, b"<rss><item><d>1785553200</d></item></rss>") for path in ("//d", ".//item/d", "//item/d")),
        *((path, b"<a><b c='x|y:z'><d>1785553200</d></b></a>") for path in ("b[@c='x|y:z']/d", "a/b[d]/d")),
        *((path, b'<suite t="1785553200"><case/></suite>') for path in ("@t", "suite/@t", "/suite/@t")),
    ],
)
def test_a_path_from_the_root(path: str, body: bytes) -> None:
    """A path may begin below the root, with the root itself, or with slashes as in XPath."""
    report = read_page(open_page(PageDefinition("x", PageKind.XML, path), body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


def test_the_sample_of_an_item_with_a_key() -> None:
    """An item that is a value of an object is shown with its key."""
    page = PageDefinition("j", each="@", item_name="@key", lastrun="t")
    opened = open_page(page, b'{"dump": {"t": 1785553200}, "mail": {"t": 0}}')
    assert sample_of(opened, "dump", {}) == b'{"key":"dump","value":{"t":1785553200}}'


TEXT_LINES = (
    "[INFO] job finished at 2026-08-01 03:00:00\n",
    "<tr><td>Last run: 2026-08-01 03:00:00</td><td>Next run: 2026-08-02 03:00:00</td></tr>\n",
    "Valid-Date: 2026-09-01 03:00:00\nx Date: 2026-08-01 03:00:00\n",
    "Date: 2026-08-01 03:00:00\nx Date: 2026-09-01 03:00:00\n",
    "<b>Valid-Date: soon</b><b>Date: 2026-07-01 03:00:00</b><b>Date: 2026-08-01 03:00:00</b>\n",
)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("finished at *", TEXT_LINES[0]),
        ("Last run: *</td>", TEXT_LINES[1]),
        ("<td>Last run: *</td>", TEXT_LINES[1]),
        ("Date: *", TEXT_LINES[2]),
        ("Date: *", TEXT_LINES[3]),
        ("Date: *</b>", TEXT_LINES[4]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_a_text_within_a_line(pattern: str, line: str, encoding: str) -> None:
    """A pattern is found within a line where none matches as a whole, but not in the middle of a word."""
    body = (b"\xfe\xff" if encoding == "utf-16-be" else b"") + line.encode(encoding)
    report = read_page(open_page(PageDefinition("t", PageKind.TEXT, pattern), body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("Date: *", "Valid-Date: 2026-09-01 03:00:00\n"),
        ("date: *", "Date: 2026-09-01 03:00:00\n"),
        ("Date: *</td>", "x Date: 2026-09-01 03:00:00\n"),
        ("*</td>", "<td>2026-09-01 03:00:00</td> x\n"),
        ("*", "\n"),
    ],
)
def test_no_text_within_a_line(pattern: str, line: str) -> None:
    """What does not stand in any line as the pattern says is not found."""
    problem = problem_of(PageDefinition("t", PageKind.TEXT, pattern), line.encode())
    assert problem == f"has never run: lastrun is empty; there is nothing at {pattern}"


@pytest.mark.parametrize(
    ("page", "body"),
    [
        (PageDefinition("j", lastrun="t"), '{"t": 1785553200}'.encode("utf-16")),
        (PageDefinition("m", PageKind.METRICS, "t"), "t 1785553200\n".encode("utf-16")),
        (PageDefinition("x", PageKind.XML, "t"), "<a><t>1785553200</t></a>".encode("utf-16")),
        (PageDefinition("x", PageKind.XML, "t"), b"\n \n<?xml version='1.0'?><a><t>1785553200</t></a>"),
        (PageDefinition("j", lastrun="[].t"), b'{"t": 1785553200}\n\n{"t": 0}\n'),
    ],
)
def test_other_encodings(page: PageDefinition, body: bytes) -> None:
    """Pages in UTF-16, with blank lines in front, and JSON in lines are read."""
    report = read_page(open_page(page, body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "body"),
    [
        ("ab *x", b"ab " * 340_000),
        ("ab *x", b"ab " * 340_000 + b"x"),
        ("a *", b"xa a\n" * 200_000),
    ],
)
def test_long_lines_of_text(pattern: str, body: bytes) -> None:
    """A page that matches a pattern very often takes no longer than another."""
    start = process_time()
    problem_of(PageDefinition("t", PageKind.TEXT, pattern), body)
    assert process_time() - start < 2


def test_slow_notations() -> None:
    """Notations that take long are read a thousand times, and then a format is needed."""
    body = b"[" + b",".join([b'"Aug 1 2026 03:00:00"'] * 1001) + b"]"
    problem = problem_of(PageDefinition("j", lastrun="@"), body)
    assert problem.endswith("a notation that is read 1000 times at most; set format")
    by_format = PageDefinition("j", lastrun="@", format="%b %d %Y %H:%M:%S")
    report = read_page(open_page(by_format, body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)


def test_many_values_that_are_no_moments() -> None:
    """After 2,000 values that are not moments, the others are left out with a warning."""
    body = b"[1785553200," + b'"n/a",' * 2000 + b"1785600000]"
    report = read_page(open_page(PageDefinition("j", lastrun="@"), body), {}).report
    assert not isinstance(report, InvalidReport), report
    assert report.lastrun == datetime(2026, 8, 1, 3, tzinfo=UTC)
    assert report.warnings[0].kind is ReportWarningKind.LEFT_OUT
