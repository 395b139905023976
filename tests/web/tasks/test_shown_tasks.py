"""What pages show of all tasks."""

from datetime import UTC, datetime

from tests.support.arranged_tasks import arranged

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import Incident, TaskSnapshot, TaskState
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.summary import count_rows
from py_pinger.web.tasks.urgency import Level

NOW = datetime(2026, 11, 22, 10, 7, 12, tzinfo=UTC)
SILENCES = ActiveSilences(
    NOW,
    MAX_TIME,
    (Silence(1, "silenced*", NOW, MAX_TIME, "", "anna"),),
    acknowledgements={"acknowledged": Acknowledgement("acknowledged", NOW, NOW, "", "anna")},
)


def task(url: str, status: Status, opened: datetime | None = None, *, checked: bool = True) -> TaskSnapshot:
    """Return a task in a status."""
    incident = Incident(opened, NOW, ()) if opened else None
    schedule = Schedule("0 2 * * *", "Europe/Berlin", "0 2 * * *") if url == "planned" else None
    verdict = Verdict(status, server=f"on {url}", schedule=schedule)
    return TaskSnapshot(
        url, None, TaskState(verdict, NOW, NOW if checked else None, incident=incident, fresh_until=MAX_TIME)
    )


TASKS = (
    task("ok", Status.OK),
    task("unknown", Status.UNKNOWN),
    task("old", Status.ERROR, NOW.replace(hour=3)),
    task("new", Status.ERROR, NOW),
    task("planned", Status.SLEEPING),
    task("asleep in an incident", Status.SLEEPING, NOW),
    task("silenced", Status.UNKNOWN),
    task("acknowledged", Status.ERROR, NOW),
    task("silenced and ok", Status.OK),
    task("pending", Status.PENDING),
    task("unchecked", Status.PENDING, checked=False),
)


def shown() -> ShownTasks:
    """Return the tasks as they are shown."""
    return arranged(TASKS, NOW, SILENCES)


def test_the_newest_failures_come_first() -> None:
    """What needs people is in the order of its status, then of how new it is, up to a number."""
    failing = ["new", "old", "unknown", "asleep in an incident"]
    found = [[TASKS[place].url for place in shown().newest(Level.ATTENTION, most)] for most in (0, 1, 3, 9)]
    assert found == [[], ["new"], ["new", "old", "unknown"], failing]
    suppressed = [TASKS[place].url for place in shown().newest(Level.SUPPRESSED, 9)]
    assert suppressed == ["acknowledged", "silenced"]


def test_tasks_are_counted_as_their_rows_are() -> None:
    """The numbers are those of the rows, without making any."""
    tasks = shown()
    assert tasks.counts() == count_rows([tasks.row(task) for task in TASKS])
    assert tasks.number_at(Level.ATTENTION) == 4


def test_some_of_the_tasks_are_counted_alone() -> None:
    """Tasks that were chosen keep what is known of them."""
    some = shown().only([6, 7, 9])
    assert [task.url for task in some.tasks] == ["silenced", "acknowledged", "pending"]
    assert some.counts() == count_rows([some.row(task) for task in some.tasks])
    assert some.servers == ["on silenced", "on acknowledged", "on pending"]
    assert [*some.having(lambda mark: mark.silenced)] == [0]


def test_titles_and_zones_of_some_tasks() -> None:
    """Pages with a few tasks read only what they show of them."""
    assert shown().titles({"ok", "gone"}) == {"ok": "ok"}
    assert shown().titles(()) == {}
    assert shown().zones({"ok", "planned"}) == {"planned": "Europe/Berlin"}
