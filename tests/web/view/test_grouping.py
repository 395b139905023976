"""Rows in groups, and a page of them."""

from datetime import UTC, datetime

import pytest

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.grouping import Group, create_task_list, group_rows, leave_out, slice_groups
from py_pinger.web.view.task_filter import TaskFilter
from py_pinger.web.view.task_row import TaskRow, row

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def shown(url: str, server: str | None, process: str | None = None, status: Status = Status.OK) -> TaskRow:
    """Return the row of a task on a server."""
    return row(TaskSnapshot(url, None, TaskState(Verdict(status, server=server, process=process))), NOW)


A, B, C, D = (
    shown("a", "x", "p"),
    shown("b", None),
    shown("c", "x", status=Status.ERROR),
    shown("d", "y", "p"),
)
ROWS = (A, B, C, D)


def test_rows_are_grouped_in_order() -> None:
    """Each group stands where its first row was, with its counts."""
    x, rest, y = (
        Group("x", (A, C), 2, 1, well=False),
        Group(None, (B,), 1, 0, well=True),
        Group("y", (D,), 1, 0, well=True),
    )
    assert group_rows(ROWS, "server") == [x, rest, y]
    assert group_rows(ROWS, "process") == [
        Group("p", (A, D), 2, 0, well=True),
        Group(None, (B, C), 2, 1, well=False),
    ]
    assert group_rows(ROWS, "none") == [Group(None, ROWS, 4, 1, well=False)]
    assert group_rows((), "none") == []


def test_a_page_cuts_across_groups() -> None:
    """A page shows so many rows from a place on; the groups keep the counts of the whole."""
    groups = group_rows(ROWS, "server")
    pages = [slice_groups(groups, start, 2) for start in (0, 1, 2, 4)]
    assert [[(each.name, each.rows) for each in page] for page in pages] == [
        [("x", (A, C))],
        [("x", (C,)), (None, (B,))],
        [(None, (B,)), ("y", (D,))],
        [],
    ]
    assert pages[1][0].total == 2


def test_rows_are_left_out_of_their_groups() -> None:
    """What is listed elsewhere is left out; the counts stay, and a group without rows goes."""
    shown = leave_out(group_rows(ROWS, "server"), {"a", "d"})
    assert [(each.name, each.rows, each.total) for each in shown] == [("x", (C,), 2), (None, (B,), 1)]


@pytest.mark.parametrize("status", [Status.PENDING, Status.ERROR, Status.UNKNOWN])
def test_only_what_is_ok_or_asleep_is_well(status: Status) -> None:
    """A group with a task of another status is not well."""
    asleep, other = shown("e", "x", status=Status.SLEEPING), shown("f", "x", status=status)
    assert [group_rows(rows, "server")[0].well for rows in ([A, asleep], [A, other])] == [True, False]


def test_what_is_on_top_is_listed_once() -> None:
    """Failing tasks are on top and not below, unless somebody searches; the page has each row once."""
    everything, found = (create_task_list(ROWS, each) for each in (TaskFilter(), TaskFilter(status="error")))
    assert (everything.top, everything.more) == ((C,), 0)
    assert [row["url"] for row in everything.rows] == ["c", "a", "b", "d"]
    assert [group.rows for group in found.groups] == [(C,)]
    assert (everything.matching, found.matching, found.rows) == (4, 1, [C])


def test_what_is_taken_care_of_is_listed_apart() -> None:
    """A failing task that is silenced is neither on top nor below, unless somebody searches."""
    silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "e", NOW, MAX_TIME, "", "anna"),))
    silenced = row(TaskSnapshot("e", None, TaskState(Verdict(Status.ERROR, server="x"))), NOW, silences)
    rows = [*ROWS, silenced]
    listed, found = (create_task_list(rows, each) for each in (TaskFilter(), TaskFilter(status="error")))
    assert (listed.top, listed.cared_for, listed.more) == ((C,), (silenced,), 0)
    assert [each["url"] for each in listed.rows] == ["c", "e", "a", "b", "d"]
    assert (listed.groups[0].attention, [group.rows for group in found.groups]) == (1, [(C, silenced)])


def test_at_most_ten_are_on_top() -> None:
    """The eleventh task that needs attention is the first one below, and counted."""
    failing = [shown(f"{number}", "x", status=Status.ERROR) for number in range(12)]
    listed = create_task_list(failing, TaskFilter())
    assert (len(listed.top), listed.more, len(listed.groups[0].rows)) == (10, 2, 2)


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
    others = [shown(f"{number}", "z") for number in range(more)]
    assert create_task_list([*ROWS, *others], task_filter).open_groups == expected


def test_all_groups_are_open_if_all_are_well() -> None:
    """Where no task has trouble no group is closed."""
    rows = [A, B, *(shown(f"{number}", "z") for number in range(20))]
    assert create_task_list(rows, TaskFilter()).open_groups == {"x", None, "z"}


def test_pages_are_counted_without_what_is_on_top() -> None:
    """The last page is the last one that has rows."""
    rows = [shown(f"{number}", "x") for number in range(100)]
    failing = [shown(f"e{number}", "x", status=Status.ERROR) for number in range(5)]
    listed = create_task_list(rows + failing, TaskFilter(page=9))
    assert (listed.page, listed.pages, len(listed.groups[0].rows)) == (1, 1, 100)
