"""Rows in groups, and a page of them."""

from datetime import UTC, datetime

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.view.grouping import Group, group_rows, slice_groups
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
    x, rest, y = Group("x", (A, C), 2, 1), Group(None, (B,), 1, 0), Group("y", (D,), 1, 0)
    assert group_rows(ROWS, "server") == [x, rest, y]
    assert group_rows(ROWS, "process") == [Group("p", (A, D), 2, 0), Group(None, (B, C), 2, 1)]
    assert group_rows(ROWS, "none") == [Group(None, ROWS, 4, 1)]
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
