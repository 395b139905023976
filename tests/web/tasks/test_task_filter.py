"""What the reader chose: read from the URL, applied, and written back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.arranged_tasks import arranged

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.task_filter import TaskFilter, UnknownFilterError, count_pages, page_number

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def task(
    url: str, verdict: Verdict, took: int, *, name: str | None = None, incident: bool = False
) -> TaskSnapshot:
    """Return a task; `took` stands for its age as well."""
    trouble = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),)) if incident else None
    length = timedelta(milliseconds=took)
    state = TaskState(verdict, checked_at=NOW - length, duration=length, incident=trouble)
    return TaskSnapshot(url, name, state)


def found(task_filter: TaskFilter, tasks: Sequence[TaskSnapshot], silences: ActiveSilences) -> list[str]:
    """Return the URLs of the tasks that a filter finds."""
    shown = arranged(tasks, NOW, silences)
    return [tasks[place].url for place in task_filter.apply(shown)]


OK = task("a", Verdict(Status.OK, server="web", deadline=NOW + 9 * MINUTE), 30, name="Zebra")
LATE = task("b", Verdict(Status.ERROR, Cause.LATE, "Too old", "Apple", "db", deadline=NOW), 10, incident=True)
ASLEEP = task("c", Verdict(Status.SLEEPING, process="mango"), 20, incident=True)
NEW = TaskSnapshot("d", None, TaskState())
TASKS = (OK, LATE, ASLEEP, NEW)


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
        (TaskFilter(q="apple  DB old"), "b"),
        (TaskFilter(q="apple zebra"), ""),
        (TaskFilter(status="silenced"), ""),
        (TaskFilter(q="mang", status="attention"), "c"),
        (TaskFilter(q="mang", status="ok"), ""),
        (TaskFilter(status="attention", sort="response"), "cb"),
        (TaskFilter(cause="late", sort="name"), "b"),
    ],
)
def test_a_task_filter_narrows_and_sorts(task_filter: TaskFilter, expected: str) -> None:
    """Each filter keeps its own, all of them together what passes each, and each order is as named."""
    assert "".join(found(task_filter, TASKS, NO_SILENCES)) == expected


@pytest.mark.parametrize(
    ("parameters", "task_filter"),
    [
        ({}, TaskFilter()),
        (
            {
                "q": " x ",
                "status": "ok",
                "cause": "late",
                "sort": "due",
                "group": "none",
                "view": "comfortable",
                "page": "3",
            },
            TaskFilter("x", "ok", "late", "due", "none", "comfortable", 3),
        ),
        ({"status": "", "cause": "", "sort": "", "group": "", "view": "", "page": "-1"}, TaskFilter()),
        ({"q": "y" * 300}, TaskFilter("y" * 200)),
    ],
)
def test_a_task_filter_is_read_from_the_url(parameters: dict[str, str], task_filter: TaskFilter) -> None:
    """What is empty counts as not said."""
    assert TaskFilter.parse(parameters) == task_filter


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((status, "status") for status in ("attention", "pending", "ok", "error", "sleeping", "unknown")),
        ("silenced", "status"),
        *((cause, "cause") for cause in Cause),
        *((sort, "sort") for sort in ("urgency", "name", "server", "due", "checked", "response")),
        *((group, "group") for group in ("server", "process", "none")),
        *((view, "view") for view in ("compact", "comfortable")),
    ],
)
def test_each_value_of_a_filter_works(name: str, value: str) -> None:
    """What the page offers is accepted; another value is an error that lists them."""
    assert getattr(TaskFilter.parse({value: name}), value) == name
    with pytest.raises(UnknownFilterError, match=rf'^{value}: "fine" does not exist; use one of .*{name}'):
        TaskFilter.parse({value: "fine"})


def test_silenced_tasks_are_found() -> None:
    """A silenced task is found, whatever its status."""
    silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "e", NOW, NOW + MINUTE, "move", "anna"),))
    tasks = [*TASKS, TaskSnapshot("e", None, TaskState())]
    assert found(TaskFilter(status="silenced"), tasks, silences) == ["e"]


def test_acknowledged_tasks_are_found() -> None:
    """A task whose incident is acknowledged is found, and no longer among those that need attention."""
    by_anna = Acknowledgement("f", NOW, NOW, "on it", "anna")
    silences = ActiveSilences(NOW, MAX_TIME, acknowledgements={"f": by_anna})
    incident = Incident(NOW, NOW, (CauseChange(NOW, Cause.LATE, "late"),))
    tasks = [*TASKS, TaskSnapshot("f", None, TaskState(incident=incident))]
    assert found(TaskFilter(status="acknowledged"), tasks, silences) == ["f"]
    assert found(TaskFilter(status="attention"), tasks, silences) == ["b", "c"]


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
