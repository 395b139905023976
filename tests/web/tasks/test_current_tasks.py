"""The tasks are read and arranged again only when they have to be."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.current_tasks import CurrentTasks
from py_pinger.web.tasks.urgency import MARKS

MINUTE = timedelta(minutes=1)
FIRST = TaskSnapshot("a", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 3 * MINUTE))
SECOND = TaskSnapshot("b", None, TaskState(Verdict(Status.OK), fresh_until=NOW + 5 * MINUTE))


def statuses(current: CurrentTasks, now: datetime) -> list[Status]:
    """Return the statuses that are shown."""
    return [MARKS[mark].urgency.status for mark in current.shown(now).marks]


def test_a_stamp_reads_a_revision_once() -> None:
    """At one revision the stamp stays, and the tasks are read for the first one alone."""
    data = FakeDataSource((FIRST, SECOND))
    current = CurrentTasks(data)
    assert current.stamp(NOW) == current.stamp(NOW + 3 * MINUTE) == "7.0"
    assert data.calls == ["tasks"]


def test_silences_change_all_tasks() -> None:
    """Tasks that have not changed are arranged again when the silences have."""
    data = FakeDataSource((FIRST, SECOND))
    current = CurrentTasks(data)
    assert current.shown(NOW).marks is current.shown(NOW + MINUTE).marks
    data.silences = ActiveSilences(NOW, MAX_TIME, (Silence(1, "b", NOW, MAX_TIME, "", "anna"),))
    assert [MARKS[mark].silenced for mark in current.shown(NOW).marks] == [False, True]


def test_changed_tasks_are_arranged_again() -> None:
    """What the data names as changed is read again, and the other task is not."""
    data = FakeDataSource((FIRST, SECOND))
    current = CurrentTasks(data)
    assert statuses(current, NOW) == [Status.OK, Status.OK]
    failing = TaskState(Verdict(Status.ERROR, server="web-1"))
    data.number, data.changed = 8, frozenset("b")
    data.snapshots = (replace(FIRST, state=failing), replace(SECOND, state=failing))
    assert statuses(current, NOW) == [Status.OK, Status.ERROR]
    assert current.shown(NOW).servers == [None, "web-1"]


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
    seen = [(current.stamp(now), statuses(current, now)) for now in moments]
    ok, unknown = Status.OK, Status.UNKNOWN
    assert seen == [
        ("7.0", [ok, ok]),
        ("7.1", [unknown, ok]),
        ("7.1", [unknown, ok]),
        ("7.2", [unknown, unknown]),
    ]
