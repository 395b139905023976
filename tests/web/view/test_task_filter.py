"""What the reader chose: read from the URL, applied, and written back."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.web.view.task_filter import TaskFilter, count_pages, page_number
from py_pinger.web.view.task_row import TaskRow, row

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def shown(
    url: str, verdict: Verdict, took: int, *, name: str | None = None, incident: bool = False
) -> TaskRow:
    """Return a row; `duration` stands for its age as well."""
    trouble = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),)) if incident else None
    length = timedelta(milliseconds=took)
    return row(
        TaskSnapshot(
            url, name, TaskState(verdict, checked_at=NOW - length, duration=length, incident=trouble)
        ),
        NOW,
    )


OK = shown("a", Verdict(Status.OK, server="web", deadline=NOW + 9 * MINUTE), 30, name="Zebra")
LATE = shown(
    "b", Verdict(Status.ERROR, Cause.LATE, "Too old", "Apple", "db", deadline=NOW), 10, incident=True
)
ASLEEP = shown("c", Verdict(Status.SLEEPING, process="mango"), 20, incident=True)
NEW = row(TaskSnapshot("d", None, TaskState()), NOW)
ROWS = (OK, LATE, ASLEEP, NEW)


@pytest.mark.parametrize(
    ("task_filter", "expected"),
    [
        (TaskFilter(), "bcda"),
        (TaskFilter(sort="name"), "bdca"),
        (TaskFilter(sort="server"), "bacd"),
        (TaskFilter(sort="due"), "bacd"),
        (TaskFilter(sort="checked"), "dacb"),
        (TaskFilter(sort="response"), "acbd"),
        (TaskFilter(status="ok"), "a"),
        (TaskFilter(status="attention"), "bc"),
        (TaskFilter(cause="late"), "b"),
        (TaskFilter(cause="http"), ""),
        (TaskFilter(q="zEBRA"), "a"),
        (TaskFilter(q="too"), "b"),
        (TaskFilter(q="web"), "a"),
        (TaskFilter(q="mang", status="attention"), "c"),
        (TaskFilter(q="mang", status="ok"), ""),
    ],
)
def test_a_task_filter_narrows_and_sorts(task_filter: TaskFilter, expected: str) -> None:
    """Each filter keeps its own, all of them together what passes each, and each order is as named."""
    assert "".join(each["url"] for each in task_filter.apply(ROWS)) == expected


@pytest.mark.parametrize(
    ("parameters", "task_filter"),
    [
        ({}, TaskFilter()),
        (
            {"q": " x ", "status": "ok", "cause": "late", "sort": "due", "group": "none", "page": "3"},
            TaskFilter("x", "ok", "late", "due", "none", 3),
        ),
        ({"status": "fine", "cause": "fate", "sort": "luck", "group": "x", "page": "-1"}, TaskFilter()),
        ({"q": "y" * 300}, TaskFilter("y" * 200)),
    ],
)
def test_a_task_filter_is_read_from_the_url(parameters: dict[str, str], task_filter: TaskFilter) -> None:
    """What is not known counts as not said."""
    assert TaskFilter.parse(parameters) == task_filter


def test_a_task_filter_is_written_without_what_is_usual() -> None:
    """Only what differs from the usual stands in the URL, and a change leads back to the first page."""
    task_filter = TaskFilter(q="a b", sort="due", page=4)
    assert task_filter.query() == "?q=a+b&sort=due"
    assert task_filter.query(sort="urgency", status="ok") == "?q=a+b&status=ok"
    assert task_filter.page_link(5) == "?q=a+b&sort=due&page=5"
    assert TaskFilter().query() == "?"


@pytest.mark.parametrize(
    ("text", "number"), [(None, 1), ("", 1), ("0", 1), ("7", 7), ("x", 1), ("²", 1), ("9999999", 1)]
)
def test_a_page_has_a_number(text: str | None, number: int) -> None:
    """Whatever is no page number leads to the first page."""
    assert page_number(text) == number


@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 1), (100, 1), (101, 2)])
def test_pages_are_counted(count: int, expected: int) -> None:
    """There is always a page, and one for each hundred begun."""
    assert count_pages(count, 100) == expected
