"""When notices are suppressed, and which tasks are checked when that ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.incident import Suppression, TaskState
from py_pinger.core.model.notification import NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.silence import ActiveSilences, Silence, active_silences
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.suppression import suppressor
from py_pinger.engine.suppression.suppressor import POLL_INTERVAL, Suppressor

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOOK = timedelta(milliseconds=20)
OK = Verdict(Status.OK, server="web-1")
ERROR = Verdict(Status.ERROR, Cause.FAILED, "disk full")


class Scene:
    """Tasks that are looked at by hand, by a clock that is set by hand.

    A parent `db`, two that depend on it, `app` and `job`, and `page`, which depends on `app`; `own` does not
    hang together with any.
    """

    def __init__(self) -> None:
        self.now = NOON
        self.silences: list[Silence] = []
        self.acknowledgements: list[Acknowledgement] = []
        self.suppressor = Suppressor(self.silencing)
        self.tasks = {
            name: MonitoredTask(
                Task(name, name, interval=30 * SECOND, parents=parents), name, TaskState(), 0.0
            )
            for name, parents in {
                "db": (),
                "app": ("db",),
                "job": ("db",),
                "page": ("app",),
                "own": (),
            }.items()
        }
        self.suppressor.watch([*self.tasks.values()])

    def silencing(self, now: datetime) -> ActiveSilences:
        """Return what silences tasks."""
        return active_silences(self.silences, (), now, self.acknowledgements)

    def silence(self, pattern: str, seconds: int) -> None:
        """Silence tasks for so long."""
        self.silences.append(Silence(1, pattern, self.now, self.now + seconds * SECOND, "work", "anna"))

    def acknowledge(self, name: str) -> None:
        """Acknowledge the open incident of a task."""
        incident = self.tasks[name].state.incident
        assert incident
        self.acknowledgements.append(Acknowledgement(name, incident.opened, self.now, "on it", "anna"))

    def look(self, name: str, verdict: Verdict) -> list[NoticeKind]:
        """Check a task, and return the kinds of its notices."""
        monitored = self.tasks[name]
        failing = verdict.status is Status.ERROR
        hold = self.suppressor.suppression(monitored, Check(verdict, self.now, TOOK)) if failing else None
        step = advance(
            monitored.task,
            monitored.state,
            Check(verdict, self.now, TOOK),
            Context(suppression=hold, dependants=self.suppressor.dependants(monitored)),
        )
        monitored.state = step.state
        return [notice.kind for notice in step.notices]

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, and return the URLs of the tasks to check."""
        self.now += seconds * SECOND
        return [monitored.task.url for monitored in self.suppressor.due(self.tick, lambda: self.now)]

    @property
    def tick(self) -> float:
        """The loop's own clock, in seconds."""
        return (self.now - NOON).total_seconds() + 1000

    def all_well(self) -> None:
        """Check all tasks, which are ok."""
        for name in self.tasks:
            self.look(name, OK)


@pytest.fixture
def scene() -> Scene:
    """Begin a minute after all was well."""
    made = Scene()
    made.all_well()
    made.now += 60 * SECOND
    return made


FAILED, RECOVERED = [NoticeKind.FAILED], [NoticeKind.RECOVERED]


def test_nothing_is_held_without_a_reason(scene: Scene) -> None:
    """A task without silences and parents is notified at once, and no task has to be checked."""
    assert scene.look("own", ERROR) == FAILED
    assert scene.wait(1) == []


def test_a_silenced_task_is_looked_at_when_the_silence_ends(scene: Scene) -> None:
    """A silenced task is checked when the silence ends, and notified if it still fails."""
    scene.silence("own", 100)
    assert scene.look("own", ERROR) == []
    assert scene.wait(99) == []
    assert scene.wait(1) == ["own"]
    assert scene.look("own", ERROR) == FAILED
    assert scene.wait(1) == []


def test_a_lifted_silence_ends_at_once(scene: Scene) -> None:
    """When a silence is lifted, its tasks are checked within a moment."""
    scene.silence("own", 100)
    scene.look("own", ERROR)
    scene.silences.clear()
    assert scene.wait(POLL_INTERVAL) == ["own"]


def test_an_acknowledged_incident_sends_no_reminder(scene: Scene) -> None:
    """Of an acknowledged incident only its end is sent; the next incident is a new one."""
    assert scene.look("own", ERROR) == FAILED
    scene.acknowledge("own")
    scene.now += timedelta(days=2)
    assert scene.look("own", ERROR) == []
    assert scene.look("own", OK) == RECOVERED
    assert scene.look("own", ERROR) == FAILED


def test_an_acknowledged_incident_stays_unannounced(scene: Scene) -> None:
    """An incident that was acknowledged under a silence is not sent when the silence ends, nor its end."""
    scene.silence("own", 100)
    scene.look("own", ERROR)
    scene.acknowledge("own")
    assert scene.wait(100) == []
    assert scene.look("own", ERROR) == []
    assert scene.look("own", OK) == []


def test_a_withdrawn_acknowledgement_is_followed_by_a_reminder(scene: Scene) -> None:
    """When it is withdrawn the task is checked at once, and people are reminded that it still fails."""
    scene.look("own", ERROR)
    scene.acknowledge("own")
    scene.now += 30 * SECOND
    scene.look("own", ERROR)
    scene.acknowledgements.clear()
    assert scene.wait(POLL_INTERVAL) == ["own"]
    assert scene.look("own", ERROR) == [NoticeKind.REMINDER]


def test_a_silence_by_server_holds_what_no_longer_says_where_it_is(scene: Scene) -> None:
    """A task that has become unreachable is known by what its page said before."""
    scene.silence("web-?", 100)
    assert scene.look("own", Verdict(Status.ERROR, Cause.UNREACHABLE, "refused")) == []


def test_what_recovers_in_a_silence_is_not_looked_at(scene: Scene) -> None:
    """A task that recovered, was removed or was notified before has no pending notice."""
    scene.silence("*", 100)
    for name in ("own", "db"):
        scene.look(name, ERROR)
    scene.look("own", OK)
    scene.tasks["db"].removed = True
    assert scene.wait(100) == []


def test_a_dependant_waits_for_its_parent(scene: Scene) -> None:
    """While the parent fails no notice is sent; a dependant that recovers with it gets none."""
    assert scene.look("db", ERROR) == FAILED
    assert scene.look("app", ERROR) == []
    assert scene.look("page", ERROR) == []
    assert scene.wait(1000) == []
    assert scene.look("app", ERROR) == []
    assert scene.look("db", OK) == RECOVERED
    assert scene.wait(1) == ["app"]
    assert scene.look("app", OK) == []
    assert scene.wait(1) == ["page"]
    assert scene.look("page", OK) == []
    assert scene.wait(1) == []


def test_a_dependant_that_still_fails_is_notified_after_its_parent(scene: Scene) -> None:
    """It has its interval to recover, and is checked once more when that is over."""
    scene.look("db", ERROR)
    scene.look("app", ERROR)
    scene.look("db", OK)
    assert scene.wait(1) == ["app"]
    assert scene.look("app", ERROR) == []
    assert scene.wait(29) == []
    assert scene.look("app", ERROR) == []
    assert scene.wait(1) == ["app"]
    assert scene.look("app", ERROR) == FAILED


def test_a_parent_that_fails_again_holds_again(scene: Scene) -> None:
    """The time to recover begins again when the parent recovers again."""
    scene.look("db", ERROR)
    scene.look("app", ERROR)
    scene.look("db", OK)
    assert scene.wait(1) == ["app"]
    scene.look("db", ERROR)
    assert scene.wait(100) == []
    scene.look("db", OK)
    assert scene.wait(1) == ["app"]
    assert scene.wait(29) == []
    assert scene.wait(1) == ["app"]


def test_a_dependant_that_fails_first_has_its_parent_looked_at(scene: Scene) -> None:
    """A parent that was ok a minute ago is checked before its dependant is notified."""
    assert scene.look("app", ERROR) == []
    assert scene.look("job", ERROR) == []
    assert scene.wait(1) == ["db"]
    assert scene.look("db", ERROR) == FAILED
    assert scene.wait(1) == []


def test_a_dependant_whose_parent_is_ok_is_notified(scene: Scene) -> None:
    """Once the parent was checked and is ok, the dependant is checked again and notified."""
    scene.look("app", ERROR)
    assert scene.wait(1) == ["db"]
    scene.look("db", OK)
    assert scene.wait(1) == ["app"]
    assert scene.look("app", ERROR) == FAILED


def test_a_parent_that_cannot_be_checked_delays_a_notice_briefly(scene: Scene) -> None:
    """After a minute the dependant is notified, whatever the parent does."""
    scene.look("app", ERROR)
    assert scene.wait(1) == ["db"]
    assert scene.wait(58) == ["db"]
    assert scene.wait(1) == ["app"]
    assert scene.look("app", ERROR) == FAILED


def test_chains(scene: Scene) -> None:
    """A parent that waits for its own parent holds what depends on it."""
    assert scene.look("page", ERROR) == []
    assert scene.wait(1) == ["app"]
    assert scene.look("app", ERROR) == []
    assert scene.wait(1) == ["db"]
    assert scene.look("db", ERROR) == FAILED


def test_a_notified_incident_is_not_notified_again(scene: Scene) -> None:
    """What was notified before the parent failed is neither suppressed nor checked because of it."""
    scene.look("app", ERROR)
    scene.look("db", OK)
    scene.now += SECOND
    assert scene.look("app", ERROR) == FAILED
    scene.look("db", ERROR)
    assert scene.look("app", ERROR) == []
    scene.look("db", OK)
    assert scene.wait(100) == []


def test_a_silenced_dependant_waits_for_both(scene: Scene) -> None:
    """A notice is sent when neither a silence nor a parent suppresses it."""
    scene.look("db", ERROR)
    scene.silence("app", 100)
    assert scene.look("app", ERROR) == []
    assert scene.wait(100) == []
    scene.look("db", OK)
    assert scene.wait(1) == ["app"]
    assert scene.wait(30) == ["app"]
    assert scene.look("app", ERROR) == FAILED


def test_dependants_are_counted(scene: Scene) -> None:
    """Those that fail are counted, however far away."""
    scene.look("db", ERROR)
    scene.look("app", ERROR)
    scene.look("page", ERROR)
    counts = {name: scene.suppressor.dependants(monitored) for name, monitored in scene.tasks.items()}
    assert counts == {"db": 2, "app": 1, "job": 0, "page": 0, "own": 0}


def test_other_tasks() -> None:
    """The list of tasks may change; a parent that is not monitored inhibits no task."""
    scene = Scene()
    app = scene.tasks["app"]
    app.task = replace(app.task, parents=("db",))
    scene.suppressor.watch([app])
    assert scene.look("app", ERROR) == FAILED
    scene.suppressor.watch([scene.tasks["own"]])
    assert scene.suppressor.dependants(scene.tasks["own"]) == 0


def test_a_task_that_comes_back_within_a_silence(scene: Scene) -> None:
    """A task that was removed and added again is checked when the silence ends, not its former record."""
    scene.silence("own", 100)
    same = scene.silencing(scene.now)
    scene.suppressor = Suppressor(lambda now: same if same.is_current(now) else scene.silencing(now))
    before = scene.tasks["own"]
    scene.look("own", ERROR)
    before.removed = True
    scene.suppressor.watch([])
    again = scene.tasks["own"] = MonitoredTask(before.task, "own", before.state, 0.0)
    scene.suppressor.watch([again])
    scene.look("own", ERROR)
    assert scene.wait(100) == ["own"]
    assert scene.look("own", ERROR) == FAILED


def test_another_name_ends_a_silence(scene: Scene) -> None:
    """A task that loses the name by which it was silenced is checked within a moment."""
    own = scene.tasks["own"]
    own.task = replace(own.task, name="shop")
    scene.silence("shop", 100)
    same = scene.silencing(scene.now)
    scene.suppressor = Suppressor(lambda _: same)
    scene.look("own", ERROR)
    own.task = replace(own.task, name="till")
    scene.suppressor.watch([own])
    assert scene.wait(POLL_INTERVAL) == ["own"]


def test_it_reviews_no_oftener_than_necessary(scene: Scene) -> None:
    """Between two reviews are half a second."""
    scene.silence("own", 1)
    scene.look("own", ERROR)
    assert scene.wait(0.9) == []
    assert scene.wait(POLL_INTERVAL - 0.1) == []
    assert scene.wait(0.1) == ["own"]


def test_tasks_are_not_reviewed_while_nothing_has_changed(scene: Scene) -> None:
    """As long as the silences are the same object, so are the suppressions."""
    scene.silence("own", 10)
    same = [scene.silencing(scene.now)]
    scene.suppressor = Suppressor(lambda _: same[0])
    scene.look("own", ERROR)
    assert scene.wait(20) == []
    same[0] = scene.silencing(scene.now)
    assert scene.wait(1) == ["own"]


def test_many_take_turns(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many suppressed tasks some are examined at a time, in turns."""
    monkeypatch.setattr(suppressor, "EXAMINED_AT_ONCE", 1)
    for name in ("own", "db"):
        scene.silence(name, 10)
        scene.look(name, ERROR)
    assert [scene.wait(10), scene.wait(1), scene.wait(1)] == [["own"], ["db"], []]


def test_what_holds() -> None:
    """A silence takes precedence over a failing parent."""
    scene = Scene()
    scene.look("db", ERROR)
    app = scene.tasks["app"]
    assert scene.suppressor.suppression(app, Check(ERROR, scene.now, TOOK)) is Suppression.INHIBITED
    scene.silence("*", 10)
    assert scene.suppressor.suppression(app, Check(ERROR, scene.now, TOOK)) is Suppression.SILENCED
