"""Missing resources are shown at once, and notified when they last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.fake_clock import FakeClock

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.selfcheck.resources import OVER_AFTER, ResourceGuard

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
GRACE = timedelta(minutes=5)
WHY = "Py Pinger has no file descriptors left"


@dataclass
class Scene:
    """A guard whose clock is set by hand."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.resource_guard = ResourceGuard(self.notices.append, self.clock)
        self.resource_guard.grace = GRACE

    def fail(self, seconds: float) -> None:
        """Let checks fail for want of a resource, every ten seconds for so long."""
        for _ in range(int(seconds // 10)):
            self.resource_guard.note(WHY)
            self.resource_guard.poll()
            self.clock.seconds += 10


@pytest.fixture
def scene() -> Scene:
    """Return a guard without a problem."""
    return Scene()


def test_nothing(scene: Scene) -> None:
    """Without a failure there is no problem and no notice."""
    scene.resource_guard.poll()
    assert (scene.resource_guard.problems(), scene.notices) == ((), [])


def test_a_moment(scene: Scene) -> None:
    """A short problem is shown while it lasts, and not notified."""
    scene.fail(60)
    assert scene.resource_guard.problems() == (
        Problem(ProblemKind.RESOURCES, f"tasks cannot be checked: {WHY}"),
    )
    scene.clock.seconds += OVER_AFTER
    scene.resource_guard.poll()
    assert (scene.resource_guard.problems(), scene.notices) == ((), [])


def test_for_long(scene: Scene) -> None:
    """A problem that lasts is notified once, and so is its end."""
    scene.fail(400)
    scene.clock.seconds += OVER_AFTER
    scene.resource_guard.poll()
    scene.resource_guard.poll()
    assert [(notice.kind, notice.topic, notice.opened, notice.text) for notice in scene.notices] == [
        (NoticeKind.SELF_PROBLEM, "lack", NOW, f"Py Pinger cannot check tasks since 10:05 UTC: {WHY}."),
        (
            NoticeKind.SELF_RECOVERED,
            "lack",
            NOW,
            f"Py Pinger can check tasks again; from 10:05 to 10:12 UTC it could not: {WHY}.",
        ),
    ]
    assert scene.resource_guard.problems() == ()
