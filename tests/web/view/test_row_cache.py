"""The rows are built anew only when they have to be."""

from dataclasses import replace
from datetime import timedelta

from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.view.row_cache import RowCache

MINUTE = timedelta(minutes=1)
FIRST = TaskSnapshot("a", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 3 * MINUTE))
SECOND = TaskSnapshot("b", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 5 * MINUTE))


def test_the_board_is_read_once_a_revision() -> None:
    """At one revision the same rows are given, and the data is asked once."""
    data = FakeDataSource((FIRST, SECOND))
    roster = RowCache(data)
    assert roster.rows(NOW) is roster.rows(NOW + MINUTE)
    assert roster.stamp(NOW) == roster.stamp(NOW + 3 * MINUTE) == "7.0"
    assert data.calls == ["tasks"]


def test_only_changed_rows_are_rebuilt() -> None:
    """At the next revision the rows of unchanged tasks are kept."""
    data = FakeDataSource((FIRST, SECOND))
    roster = RowCache(data)
    before = roster.rows(NOW)
    data.number, data.snapshots = 8, (FIRST, replace(SECOND, name="B"))
    after = roster.rows(NOW)
    assert after[0] is before[0]
    assert (after[1]["name"], roster.stamp(NOW)) == ("B", "8.0")


def test_time_alone_turns_a_task_unknown() -> None:
    """Without a revision, a task left unchecked too long becomes unknown, and the stamp another one."""
    roster = RowCache(FakeDataSource((FIRST, SECOND)))
    stamps = [roster.stamp(NOW + minutes * MINUTE) for minutes in (0, 4, 6)]
    seen = [[each["status"] for each in roster.rows(NOW + minutes * MINUTE)] for minutes in (0, 4, 6)]
    assert stamps == ["7.0", "7.1", "7.2"]
    assert seen == [["ok", "ok"], ["unknown", "ok"], ["unknown", "unknown"]]
