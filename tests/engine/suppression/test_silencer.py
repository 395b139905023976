"""The active silences are kept up to date, for any thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.model.incident import Incident
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import Silence, SilencedUntil, StoredSuppressions, TaskLabels
from py_pinger.engine.runtime.repeat import LoopFailures
from py_pinger.engine.runtime.store_access import StoreUnavailable
from py_pinger.engine.suppression import silencer
from py_pinger.engine.suppression.silencer import Silencer, refresh_loop

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
JOB = TaskLabels("http://a.example/job")
SILENCE = Silence(1, "*job", NOON, NOON + HOUR, "migrating", "anna")
BY_ANNA = SilencedUntil(NOON + HOUR, "migrating (anna)")


class Scene:
    """A silencer, the silences that it reads, and its clock."""

    def __init__(self, *windows: MaintenanceWindow) -> None:
        self.now = NOON
        self.silences: list[Silence] = []
        self.acknowledgements: list[Acknowledgement] = []
        self.silencer = Silencer(lambda _: self.stored(), windows, lambda: self.now)

    def stored(self) -> StoredSuppressions:
        """Return what people created."""
        return StoredSuppressions(tuple(self.silences), tuple(self.acknowledgements))

    def of_job(self) -> SilencedUntil | None:
        """Return what silences the job now."""
        return self.silencer.active_at(self.now).matching(JOB)


def test_silences_come_and_go() -> None:
    """A silence counts from when it is read until it ends or is lifted; the revision follows."""
    scene = Scene()
    assert scene.of_job() is None
    revision = scene.silencer.revision
    scene.silences.append(SILENCE)
    assert scene.of_job() is None
    scene.silencer.refresh()
    assert scene.of_job() == BY_ANNA
    assert scene.silencer.revision > revision
    scene.now += HOUR
    assert scene.of_job() is None
    scene.now -= HOUR
    assert scene.of_job() == BY_ANNA
    scene.silences.clear()
    scene.silencer.refresh()
    assert scene.of_job() is None


def test_acknowledgements_come_and_go() -> None:
    """An acknowledgement counts from when it is read until it is no longer there; the revision follows."""
    scene, incident = Scene(), Incident(NOON, NOON, ())
    acknowledgement = Acknowledgement(JOB.url, NOON, NOON, "on it", "anna")
    scene.acknowledgements.append(acknowledgement)
    scene.silencer.refresh()
    revision = scene.silencer.revision
    assert scene.silencer.active_at(NOON).acknowledgement(JOB.url, incident) == acknowledgement
    scene.silencer.refresh()
    assert scene.silencer.revision == revision
    scene.acknowledgements.clear()
    scene.silencer.refresh()
    assert scene.silencer.active_at(NOON).acknowledgement(JOB.url, incident) is None
    assert scene.silencer.revision > revision


def test_what_has_not_changed_is_the_same() -> None:
    """Reading the same silences again, or asking while nothing begins or ends, changes nothing."""
    scene = Scene(MaintenanceWindow("w", "0 2 * * *", HOUR))
    scene.silences.append(SILENCE)
    scene.silencer.refresh()
    before, revision = scene.silencer.active_at(NOON), scene.silencer.revision
    scene.now += HOUR / 2
    scene.silencer.refresh()
    assert scene.silencer.active_at(scene.now) is before
    assert scene.silencer.revision == revision


def test_windows() -> None:
    """Maintenance windows open and close with time, and can be replaced."""
    window = MaintenanceWindow("backup", "0 13 * * *", HOUR)
    scene = Scene(window)
    assert scene.silencer.windows == (window,)
    assert scene.of_job() is None
    scene.now += HOUR
    assert scene.of_job() == SilencedUntil(NOON + 2 * HOUR, "maintenance backup")
    scene.silencer.set_windows([])
    assert scene.of_job() is None


async def test_following(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Silences are read continuously; a store that is unavailable is logged, and a problem if it lasts."""
    monkeypatch.setattr(silencer, "REFRESH_INTERVAL", 0)
    reads: list[int] = []
    enough = asyncio.Event()

    async def refresh() -> None:
        reads.append(len(reads))
        if len(reads) > 2:
            enough.set()
        if len(reads) == 1:
            raise StoreUnavailable("the disk is full")
        problems.append(failures.problems())

    failures = LoopFailures(lambda: next(times))
    times = iter(NOON + number * HOUR for number in range(100))
    problems: list[tuple[Problem, ...]] = []
    loop = asyncio.create_task(refresh_loop(refresh, failures))
    await enough.wait()
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert reads[:3] == [0, 1, 2]
    text = "the reading of the silences fails since 12:00 UTC: the disk is full"
    assert problems == [(Problem(ProblemKind.LOOP_FAILING, text),), ()]
    assert caplog.messages == [
        "Cannot read the silences, will retry: the disk is full",
        "Reading the silences recovered.",
    ]
