"""What Py Pinger itself lacks is shown at once, and told when it lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.engine.selfcheck import resources as module
from py_pinger.engine.selfcheck.resources import OVER, ResourceGuard

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
PATIENCE = timedelta(minutes=5)
WHY = "Py Pinger has no file descriptors left"


@dataclass
class Scene:
    """A lack whose time is set by hand."""

    monkeypatch: pytest.MonkeyPatch
    passed: float = 0.0
    notices: list[Notice] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(module, "monotonic", lambda: self.passed)
        self.resource_guard = ResourceGuard(
            self.notices.append, lambda: NOW + timedelta(seconds=self.passed), PATIENCE
        )

    def lacking(self, seconds: float) -> None:
        """Let checks lack something, every ten seconds for so long."""
        for _ in range(int(seconds // 10)):
            self.resource_guard.note(WHY)
            self.resource_guard.poll()
            self.passed += 10


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return one where nothing is lacking."""
    return Scene(monkeypatch)


def test_nothing(scene: Scene) -> None:
    """Where nothing is lacking there is nothing to say."""
    scene.resource_guard.poll()
    assert (scene.resource_guard.problems(), scene.notices) == ((), [])


def test_a_moment(scene: Scene) -> None:
    """What is over soon is shown while it lasts, and no news."""
    scene.lacking(60)
    assert scene.resource_guard.problems() == (
        Problem(ProblemKind.RESOURCES, f"tasks cannot be checked: {WHY}"),
    )
    scene.passed += OVER
    scene.resource_guard.poll()
    assert (scene.resource_guard.problems(), scene.notices) == ((), [])


def test_for_long(scene: Scene) -> None:
    """What lasts is told once, and so is its end."""
    scene.lacking(400)
    scene.passed += OVER
    scene.resource_guard.poll()
    scene.resource_guard.poll()
    assert [(notice.kind, notice.topic, notice.opened, notice.text) for notice in scene.notices] == [
        (NoticeKind.SELF_PROBLEM, "lack", NOW, f"I cannot check tasks since 10:05 UTC: {WHY}."),
        (
            NoticeKind.SELF_RECOVERED,
            "lack",
            NOW,
            f"I can check tasks again; from 10:05 to 10:12 UTC I could not: {WHY}.",
        ),
    ]
    assert scene.resource_guard.problems() == ()
