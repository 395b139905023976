"""The tasks are read and arranged again only when they have to be."""

from dataclasses import replace
from datetime import timedelta

from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web.tasks.current_tasks import CurrentTasks

MINUTE = timedelta(minutes=1)
FIRST = TaskSnapshot("a", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 3 * MINUTE))
SECOND = TaskSnapshot("b", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 5 * MINUTE))


def test_the_data_is_read_once_a_revision() -> None:
    """At one revision the same tasks are shown, and the data is read once."""
    data = FakeDataSource((FIRST, SECOND))
    current = CurrentTasks(data)
    assert current.shown(NOW) is current.shown(NOW + MINUTE)
    assert current.stamp(NOW) == current.stamp(NOW + 3 * MINUTE) == "7.0"
    assert data.calls == ["tasks"]


def test_another_revision_is_read() -> None:
    """At the next revision the tasks that have changed are shown as they are."""
    data = FakeDataSource((FIRST, SECOND))
    current = CurrentTasks(data)
    assert current.stamp(NOW) == "7.0"
    data.number, data.snapshots = 8, (FIRST, replace(SECOND, name="B"))
    assert [task.name for task in current.shown(NOW).tasks] == [None, "B"]
    assert (current.stamp(NOW), data.calls) == ("8.0", ["tasks", "tasks"])


def test_time_alone_turns_a_task_unknown() -> None:
    """Without a revision, a task left unchecked too long becomes unknown, and the stamp another one."""
    current = CurrentTasks(FakeDataSource((FIRST, SECOND)))
    moments = [NOW + minutes * MINUTE for minutes in (0, 4, 5, 6)]
    seen = [
        (current.stamp(now), [urgency.status for urgency in current.shown(now).urgencies]) for now in moments
    ]
    ok, unknown = Status.OK, Status.UNKNOWN
    assert seen == [
        ("7.0", [ok, ok]),
        ("7.1", [unknown, ok]),
        ("7.1", [unknown, ok]),
        ("7.2", [unknown, unknown]),
    ]
