"""What the reader chose: read from the URL, applied, and written back."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import Incident, Listing, TaskState, Turn
from py_pinger.web.view.task_filter import Choice, page_number, pages
from py_pinger.web.view.task_row import Row, row

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def shown(url: str, verdict: Verdict, took: int, *, name: str | None = None, incident: bool = False) -> Row:
    """Return a row; `took` stands for its age as well."""
    trouble = Incident(NOW, NOW, (Turn(NOW, Cause.LATE, "late"),)) if incident else None
    length = timedelta(milliseconds=took)
    return row(
        Listing(url, name, TaskState(verdict, checked=NOW - length, took=length, incident=trouble)), NOW
    )


OK = shown("a", Verdict(Status.OK, server="web", deadline=NOW + 9 * MINUTE), 30, name="Zebra")
LATE = shown(
    "b", Verdict(Status.ERROR, Cause.LATE, "Too old", "Apple", "db", deadline=NOW), 10, incident=True
)
ASLEEP = shown("c", Verdict(Status.SLEEPING, process="mango"), 20, incident=True)
NEW = row(Listing("d", None, TaskState()), NOW)
ROWS = (OK, LATE, ASLEEP, NEW)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), "bcda"),
        (Choice(sort="name"), "bdca"),
        (Choice(sort="server"), "bacd"),
        (Choice(sort="due"), "bacd"),
        (Choice(sort="checked"), "dacb"),
        (Choice(sort="response"), "acbd"),
        (Choice(status="ok"), "a"),
        (Choice(status="attention"), "bc"),
        (Choice(cause="late"), "b"),
        (Choice(cause="http"), ""),
        (Choice(q="zEBRA"), "a"),
        (Choice(q="too"), "b"),
        (Choice(q="web"), "a"),
        (Choice(q="mang", status="attention"), "c"),
        (Choice(q="mang", status="ok"), ""),
    ],
)
def test_a_choice_narrows_and_sorts(choice: Choice, expected: str) -> None:
    """Each filter keeps its own, all of them together what passes each, and each order is as named."""
    assert "".join(each["url"] for each in choice.of(ROWS)) == expected


@pytest.mark.parametrize(
    ("parameters", "choice"),
    [
        ({}, Choice()),
        (
            {"q": " x ", "status": "ok", "cause": "late", "sort": "due", "group": "none", "page": "3"},
            Choice("x", "ok", "late", "due", "none", 3),
        ),
        ({"status": "fine", "cause": "fate", "sort": "luck", "group": "x", "page": "-1"}, Choice()),
        ({"q": "y" * 300}, Choice("y" * 200)),
    ],
)
def test_a_choice_is_read_from_the_url(parameters: dict[str, str], choice: Choice) -> None:
    """What is not known counts as not said."""
    assert Choice.read(parameters) == choice


def test_a_choice_is_written_without_what_is_usual() -> None:
    """Only what differs from the usual stands in the URL, and a change leads back to the first page."""
    choice = Choice(q="a b", sort="due", page=4)
    assert choice.query() == "?q=a+b&sort=due"
    assert choice.query(sort="urgency", status="ok") == "?q=a+b&status=ok"
    assert choice.page_link(5) == "?q=a+b&sort=due&page=5"
    assert Choice().query() == "?"


@pytest.mark.parametrize(
    ("text", "number"), [(None, 1), ("", 1), ("0", 1), ("7", 7), ("x", 1), ("²", 1), ("9999999", 1)]
)
def test_a_page_has_a_number(text: str | None, number: int) -> None:
    """Whatever is no page number leads to the first page."""
    assert page_number(text) == number


@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 1), (100, 1), (101, 2)])
def test_pages_are_counted(count: int, expected: int) -> None:
    """There is always a page, and one for each hundred begun."""
    assert pages(count, 100) == expected
