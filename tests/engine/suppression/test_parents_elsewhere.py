"""A node suppresses notices although the parents are on another node, and counts dependants there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.evaluation.lifecycle import Context, advance
from py_pinger.core.model.check import Cause, Check, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskState
from py_pinger.core.model.notification import NoticeKind
from py_pinger.core.model.task import Task
from py_pinger.core.suppression.silence import active_silences
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.suppression.suppressor import POLL_INTERVAL, Suppressor

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OK = Verdict(Status.OK)
ERROR = Verdict(Status.ERROR, Cause.FAILED, "disk full")
FAILED, RECOVERED = [NoticeKind.FAILED], [NoticeKind.RECOVERED]


def failing(since: datetime) -> TaskState:
    """Return the state of a task that fails."""
    opened = Incident(since, since, (CauseChange(since, Cause.FAILED, "disk full"),))
    return TaskState(ERROR, checked_at=since, incident=opened)


class OtherNode:
    """The tasks of another node, whose states are set by hand; the checks that are requested of it."""

    def __init__(self, *tasks: Task) -> None:
        self.tasks: Sequence[Task] = tasks
        self.states: dict[str, TaskState] = {}
        self.requested: list[str] = []

    def state(self, url: str) -> TaskState | None:
        """Return the state of a task."""
        return self.states.get(url)

    def check_soon(self, url: str) -> None:
        """Note a request."""
        self.requested.append(url)


class Scene:
    """`app` depends on `db`, and `page` on `app`; this node has `app` only, or another one of them."""

    def __init__(self, own: str) -> None:
        parents = {"db": (), "app": ("db",), "page": ("app",)}
        tasks = {name: Task(name, name, interval=30 * SECOND, parents=of) for name, of in parents.items()}
        self.now = NOON
        self.other = OtherNode(*(task for name, task in tasks.items() if name != own))
        self.suppressor = Suppressor(lambda now: active_silences((), (), now), self.other)
        self.own = MonitoredTask(tasks[own], own, TaskState(OK, checked_at=NOON - SECOND), 0.0)
        self.suppressor.watch([self.own])

    def check(self, verdict: Verdict) -> list[NoticeKind]:
        """Check the own task, and return the kinds of its notices."""
        check = Check(verdict, self.now, SECOND)
        failing = verdict.status is Status.ERROR
        reason = self.suppressor.suppression(self.own, check) if failing else None
        step = advance(self.own.task, self.own.state, check, Context(suppression=reason))
        self.own.state = step.state
        return [notice.kind for notice in step.notices]

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, and return the own tasks to check."""
        self.now += seconds * SECOND
        tick = 1000 + (self.now - NOON).total_seconds()
        return [monitored.task.url for monitored in self.suppressor.due(tick, lambda: self.now)]


@pytest.fixture
def scene() -> Scene:
    """Have `app`, whose parent is ok on another node."""
    made = Scene("app")
    made.other.states["db"] = TaskState(OK, checked_at=NOON - SECOND)
    return made


def test_a_failure_waits_until_its_parent_elsewhere_was_checked(scene: Scene) -> None:
    """The owner of the parent is asked to check it; if the parent is ok the failure is notified."""
    assert scene.check(ERROR) == []
    assert (scene.wait(POLL_INTERVAL), scene.other.requested) == ([], ["db"])
    scene.other.states["db"] = TaskState(OK, checked_at=scene.now)
    assert scene.wait(POLL_INTERVAL) == ["app"]
    assert scene.check(ERROR) == FAILED


def test_a_parent_that_fails_elsewhere_inhibits(scene: Scene) -> None:
    """While the parent fails on its node nothing is notified; when it is ok again the task is checked."""
    assert scene.check(ERROR) == []
    scene.other.states["db"] = failing(scene.now)
    assert scene.wait(POLL_INTERVAL) == []
    scene.other.requested.clear()
    assert scene.wait(100) == []
    assert scene.check(ERROR) == []
    assert scene.other.requested == []
    scene.other.states["db"] = TaskState(OK, checked_at=scene.now)
    assert scene.wait(POLL_INTERVAL) == ["app"]
    assert scene.check(OK) == []


def test_a_parent_that_nobody_checks_delays_a_notice_by_a_minute(scene: Scene) -> None:
    """If the other node does not answer the request, the failure is notified all the same."""
    assert scene.check(ERROR) == []
    assert scene.wait(59) == []
    assert scene.wait(1) == ["app"]
    assert scene.check(ERROR) == FAILED


def test_a_parent_that_is_not_monitored_is_left_out(scene: Scene) -> None:
    """A parent that the settings in force do not have cannot fail."""
    scene.other.states.clear()
    assert scene.check(ERROR) == FAILED


@pytest.mark.parametrize(
    ("app", "page", "number"),
    [(TaskState(OK), TaskState(OK), 0), (failing(NOON), TaskState(OK), 1), (failing(NOON), failing(NOON), 2)],
)
def test_dependants_elsewhere_are_counted(app: TaskState, page: TaskState, number: int) -> None:
    """A notice says how many tasks depend on the failing one, whichever nodes check them."""
    scene = Scene("db")
    scene.other.states |= {"app": app, "page": page}
    assert scene.suppressor.dependants(scene.own) == number
    del scene.other.states["page"]
    assert scene.suppressor.dependants(scene.own) == min(number, 1)


def test_a_parent_that_moves_to_another_node_still_inhibits() -> None:
    """The state of a parent is read where it is owned now."""
    scene = Scene("app")
    parent = MonitoredTask(scene.other.tasks[0], "db", failing(NOON), 0.0)
    rest = scene.other.tasks[1:]
    scene.other.tasks, others = rest, scene.other.tasks
    scene.suppressor.watch([scene.own, parent])
    assert scene.check(ERROR) == []
    scene.other.tasks, scene.other.states["db"] = others, TaskState(OK, checked_at=scene.now)
    scene.suppressor.watch([scene.own])
    assert scene.wait(POLL_INTERVAL) == ["app"]
    assert scene.check(OK) == []
