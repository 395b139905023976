"""Which silences match a task, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.suppression.silence import (
    NO_SILENCES,
    ActiveSilences,
    Silence,
    SilencedUntil,
    TaskLabels,
    active_silences,
)
from py_pinger.core.suppression.silence_matcher import silence_matcher
from py_pinger.core.times import MAX_TIME

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = TaskLabels("https://a.example/job", "Nightly", "Import", "web-1")
SILENCE = Silence(1, "https://a.example/*", NOON - HOUR, NOON + HOUR, "migrating", "anna on web-1")
DAILY = MaintenanceWindow("backup", "0 11 * * *", 3 * HOUR, tasks=("*a.example*",))
BY_ANNA = SilencedUntil(NOON + HOUR, "migrating (anna on web-1)")
BY_BACKUP = SilencedUntil(NOON + 2 * HOUR, "maintenance backup")


def test_names() -> None:
    """A task's labels are its URL, its name, and its report's process and server."""
    state = TaskState(Verdict(Status.OK, process="Import", server="web-1"))
    assert TaskLabels.of(TaskSnapshot("https://a.example/job", "Nightly", state)) == NAMES


@pytest.mark.parametrize(
    ("silences", "windows", "expected"),
    [
        ((), (), None),
        ((SILENCE,), (), BY_ANNA),
        ((SILENCE,), (DAILY,), BY_BACKUP),
        ((), (replace(DAILY, servers=("web-?",)),), BY_BACKUP),
        ((), (replace(DAILY, servers=("db-*",)),), None),
        ((), (replace(DAILY, tasks=("nightly",)),), BY_BACKUP),
        ((), (replace(DAILY, tasks=("import",)),), None),
        ((), (replace(DAILY, tasks=()),), BY_BACKUP),
        ((), (replace(DAILY, start="0 13 * * *", duration=HOUR),), None),
        ((replace(SILENCE, pattern="Nightly"),), (), BY_ANNA),
        ((replace(SILENCE, pattern="import"),), (), BY_ANNA),
        ((replace(SILENCE, pattern="web-*"),), (), BY_ANNA),
        ((replace(SILENCE, pattern="db-*"),), (), None),
        ((replace(SILENCE, began=NOON),), (), BY_ANNA),
        ((replace(SILENCE, began=NOON + HOUR / 2),), (), None),
        ((replace(SILENCE, ends=NOON),), (), None),
        ((replace(SILENCE, lifted=NOON - HOUR / 2),), (), None),
    ],
)
def test_what_silences(
    silences: tuple[Silence, ...], windows: tuple[MaintenanceWindow, ...], expected: SilencedUntil | None
) -> None:
    """Each way in which a task may be silenced, or not; of several the longest counts."""
    active, verdict = (
        active_silences(silences, windows, NOON),
        Verdict(Status.OK, None, None, "Import", "web-1"),
    )
    task = TaskSnapshot("https://a.example/job", "Nightly", TaskState(verdict))
    assert active.matching(NAMES) == active.silencing(task) == expected
    assert silence_matcher(active)(task) is (expected is not None)


@pytest.mark.parametrize(
    ("silences", "windows", "until"),
    [
        ((), (), MAX_TIME),
        ((SILENCE,), (DAILY,), NOON + HOUR),
        ((replace(SILENCE, began=NOON + HOUR / 2),), (DAILY,), NOON + HOUR / 2),
        ((replace(SILENCE, lifted=NOON),), (), MAX_TIME),
        ((replace(SILENCE, ends=NOON),), (), MAX_TIME),
        ((), (DAILY,), NOON + 2 * HOUR),
        ((), (replace(DAILY, start="30 12 * * *"),), NOON + HOUR / 2),
        ((), (replace(DAILY, start=NOON - 4 * HOUR),), MAX_TIME),
    ],
)
def test_how_long_it_holds(
    silences: tuple[Silence, ...], windows: tuple[MaintenanceWindow, ...], until: datetime
) -> None:
    """It holds until the next silence or window begins or ends, and not before it was made."""
    made = active_silences(silences, windows, NOON)
    assert (made.since, made.until) == (NOON, until)
    assert made.is_current(NOON)
    assert not made.is_current(NOON - HOUR)
    assert not made.is_current(until)


def test_nothing_is_known_at_first() -> None:
    """Before anything is known nothing is silenced, and it has to be found out."""
    assert NO_SILENCES.matching(NAMES) is None
    assert not NO_SILENCES.is_current(NOON)
    assert isinstance(NO_SILENCES, ActiveSilences)


INCIDENT = Incident(NOON, NOON, (CauseChange(NOON, Cause.LATE, "late"),))
BY_BEN = Acknowledgement(NAMES.url, NOON, NOON + HOUR, "on it", "ben")


@pytest.mark.parametrize(
    ("url", "incident", "expected"),
    [
        (NAMES.url, INCIDENT, BY_BEN),
        (NAMES.url, replace(INCIDENT, opened=NOON + HOUR), None),
        (NAMES.url, None, None),
        ("https://a.example/other", INCIDENT, None),
    ],
)
def test_an_acknowledgement_is_about_one_incident(
    url: str, incident: Incident | None, expected: Acknowledgement | None
) -> None:
    """It counts for the incident that it was made of, and for no later one of the same task."""
    made = active_silences((), (), NOON, [BY_BEN])
    assert made.acknowledgement(url, incident) == expected
    assert made.matching(NAMES) is None


@pytest.mark.parametrize(("why", "text"), [("on it", "on it (ben)"), ("", "by ben")])
def test_the_text_of_an_acknowledgement(why: str, text: str) -> None:
    """It has the reason and the person, or the person alone."""
    assert replace(BY_BEN, why=why).text == text
