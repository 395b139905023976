"""Tasks in groups, and a page of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.arranged_tasks import arranged

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import NO_SILENCES, ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.grouping import Group, TaskList, create_task_list, slice_groups
from py_pinger.web.tasks.task_filter import TaskFilter

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def task(
    url: str, server: str | None, process: str | None = None, status: Status = Status.OK
) -> TaskSnapshot:
    """Return a task on a server."""
    return TaskSnapshot(url, None, TaskState(Verdict(status, server=server, process=process)))


A, B, C, D = (
    task("a", "x", "p"),
    task("b", None),
    task("c", "x", status=Status.ERROR),
    task("d", "y", "p"),
)
TASKS = (A, B, C, D)


def listed(
    tasks: Sequence[TaskSnapshot], task_filter: TaskFilter, silences: ActiveSilences = NO_SILENCES
) -> TaskList:
    """Return the list of these tasks."""
    return create_task_list(arranged(tasks, NOW, silences), task_filter)


def groups(tasks: Sequence[TaskSnapshot], by: str) -> list[Group]:
    """Return the groups of these tasks in the order of their times of check, none of which they have."""
    return [*listed(tasks, TaskFilter(q="e", group=by, sort="checked")).groups]


def test_tasks_are_grouped_in_order() -> None:
    """Each group stands where its first task was, with its counts."""
    tasks = [replace(each, name=f"name {each.url}") for each in TASKS]
    a, b, c, d = tasks
    assert groups(tasks, "server") == [
        Group("x", [a, c], 2, 1, well=False),
        Group(None, [b], 1, 0, well=True),
        Group("y", [d], 1, 0, well=True),
    ]
    assert groups(tasks, "process") == [
        Group("p", [a, d], 2, 0, well=True),
        Group(None, [b, c], 2, 1, well=False),
    ]
    assert groups(tasks, "none") == [Group(None, tasks, 4, 1, well=False)]
    assert groups((), "none") == []


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (0, {"x": slice(0, 2)}),
        (1, {"x": slice(1, 3), None: slice(0, 1)}),
        (2, {None: slice(0, 2), "y": slice(0, 1)}),
        (4, {}),
    ],
)
def test_a_page_cuts_across_groups(start: int, expected: dict[str | None, slice]) -> None:
    """A page has so many tasks from a place on; a group of which it has none is left out."""
    assert slice_groups({"x": 2, "empty": 0, None: 1, "y": 1}, start, 2) == expected


def test_tasks_are_left_out_of_their_groups() -> None:
    """What is listed on top is left out below; the counts stay, and a group without other tasks goes."""
    found = listed([*TASKS, task("e", "z", status=Status.ERROR)], TaskFilter())
    assert [(each.name, each.tasks, each.total) for each in found.groups] == [
        ("x", [A], 2),
        (None, [B], 1),
        ("y", [D], 1),
    ]


@pytest.mark.parametrize("status", [Status.PENDING, Status.ERROR, Status.UNKNOWN])
def test_only_what_is_ok_or_asleep_is_well(status: Status) -> None:
    """A group with a task of another status is not well."""
    asleep, other = task("e", "x", status=Status.SLEEPING), task("f", "x", status=status)
    found = (listed(tasks, TaskFilter()) for tasks in ([A, asleep], [A, other]))
    assert [each.groups[0].well for each in found] == [True, False]


def test_a_group_is_well_while_an_incident_is_taken_care_of() -> None:
    """A task that sleeps in a silenced incident does not keep its group from being well."""
    silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "e", NOW, MAX_TIME, "", "anna"),))
    state = TaskState(Verdict(Status.SLEEPING, server="x"), incident=Incident(NOW, NOW, ()))
    tasks = [A, TaskSnapshot("e", None, state)]
    found = [listed(tasks, TaskFilter(), active).groups[0] for active in (silences, NO_SILENCES)]
    assert [(each.attention, each.well) for each in found] == [(0, True), (1, False)]


def test_what_is_on_top_is_listed_once() -> None:
    """Failing tasks are on top and not below, unless somebody searches; the page has each row once."""
    everything, found = (listed(TASKS, each) for each in (TaskFilter(), TaskFilter(status="error")))
    assert (everything.top, everything.more) == ([C], 0)
    assert [task.url for task in everything.tasks] == ["c", "a", "b", "d"]
    assert [group.tasks for group in found.groups] == [[C]]
    assert (everything.matching, found.matching, found.tasks) == (4, 1, [C])


def test_what_is_taken_care_of_is_listed_apart() -> None:
    """A failing task that is silenced is neither on top nor below, unless somebody searches."""
    silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "e", NOW, MAX_TIME, "", "anna"),))
    silenced = task("e", "x", status=Status.ERROR)
    everything, found = (
        listed([*TASKS, silenced], each, silences) for each in (TaskFilter(), TaskFilter(status="error"))
    )
    assert (everything.top, everything.cared_for, everything.more) == ([C], [silenced], 0)
    assert [task.url for task in everything.tasks] == ["c", "e", "a", "b", "d"]
    assert (everything.groups[0].attention, [each.tasks for each in found.groups]) == (1, [[C, silenced]])


def test_at_most_ten_are_on_top() -> None:
    """The eleventh task that needs attention is the first one below, and counted."""
    failing = [task(f"{number}", "x", status=Status.ERROR) for number in range(12)]
    found = listed(failing, TaskFilter())
    assert (len(found.top), found.more, len(found.groups[0].tasks)) == (10, 2, 2)


@pytest.mark.parametrize(
    ("task_filter", "more", "expected"),
    [
        (TaskFilter(), 20, {"x"}),
        (TaskFilter(), 16, {"x", None, "y", "z"}),
        (TaskFilter("a"), 20, {"x"}),
        (TaskFilter("z"), 20, {"z"}),
    ],
)
def test_groups_that_are_well_are_closed_next_to_others(
    task_filter: TaskFilter, more: int, expected: set[str | None]
) -> None:
    """Of more than twenty tasks the groups with trouble are open, and all that a search finds."""
    others = [task(f"{number}", "z") for number in range(more)]
    assert listed([*TASKS, *others], task_filter).open_groups == expected


def test_all_groups_are_open_if_all_are_well() -> None:
    """Where no task has trouble no group is closed."""
    tasks = [A, B, *(task(f"{number}", "z") for number in range(20))]
    assert listed(tasks, TaskFilter()).open_groups == {"x", None, "z"}


def test_pages_are_counted_without_what_is_on_top() -> None:
    """The last page is the last one that has rows."""
    tasks = [task(f"{number}", "x") for number in range(100)]
    failing = [task(f"e{number}", "x", status=Status.ERROR) for number in range(5)]
    found = listed(tasks + failing, TaskFilter(page=9))
    assert (found.page, found.pages, len(found.groups[0].tasks)) == (1, 1, 100)
