"""Maintenance windows, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from tests.config.conftest import LoadText, ProblemsOf

from py_pinger.config import masked_ini
from py_pinger.core.suppression.maintenance import MaintenanceWindow

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
REMEDY = (
    "write a time of day (02:00), weekdays with a time (sat,sun 02:00), a date and time (2026-12-01 22:00),"
    " or a cron expression of five fields (0 2 * * sun)"
)


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("02:00", "0 2 * * *"),
        ("2:05", "5 2 * * *"),
        ("sunday 22:30", "30 22 * * sun"),
        ("Sat, Sun 02:00", "0 2 * * sat,sun"),
        ("mon-fri 02:00", "0 2 * * mon-fri"),
        ("0 2 1 * *", "0 2 1 * *"),
        ("*/15  *  *  *  *", "*/15 * * * *"),
        ("2026-12-01 22:00", datetime(2026, 12, 1, 21, tzinfo=UTC)),
        ("2026-12-01T22:00:00+02:00", datetime(2026, 12, 1, 20, tzinfo=UTC)),
    ],
)
def test_start(load_text: LoadText, written: str, start: str | datetime) -> None:
    """Each way in which a start may be written."""
    settings = load_text(f"[maintenance w]\nstart={written}\nduration=60\ntimezone=Europe/Berlin\n")
    assert settings.windows() == (MaintenanceWindow("w", start, HOUR, BERLIN),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("start=24:00\nduration=60", f"start = 24:00 is not a time to begin at; {REMEDY}."),
        ("start=noon\nduration=60", f"start = noon is not a time to begin at; {REMEDY}."),
        ("start=fri-mon 02:00\nduration=60", f"start = fri-mon 02:00 is not a time to begin at; {REMEDY}."),
        ("start=0 2 * * 9\nduration=60", f"start = 0 2 * * 9 is not a time to begin at; {REMEDY}."),
        ("start=0 0 30 2 *\nduration=60", f"start = 0 0 30 2 * is not a time to begin at; {REMEDY}."),
        (
            "start=0 0 */31 2 mon#5\nduration=60",
            "start = 0 0 */31 2 mon#*** never comes; give a day that the calendar has.",
        ),
        (
            "start=02:00\nduration=60\ntimezone=Berlin",
            (
                "timezone = Berlin is not the name of a time zone; write one like Europe/Berlin,"
                " America/New_York or UTC."
            ),
        ),
        (
            "start=02:00\nduration=0",
            "duration = 0 is not a number of minutes from 0.01 to 527040; write one, or remove the line.",
        ),
        (
            "start=02:00",
            "is half filled, duration is missing; give both start and duration, or remove the block.",
        ),
        ("start=02:00\nduration=60\ntask=x", "has no key task: did you mean tasks?"),
    ],
)
def test_what_is_wrong(problems_of: ProblemsOf, text: str, problem: str) -> None:
    """What is wrong with a window is said in one sentence that shows how it is done."""
    assert problems_of(f"[maintenance w]\n{text}\n") == (f"[maintenance w] {problem}",)


def test_names(problems_of: ProblemsOf) -> None:
    """A name is there once, and short and plain; the section is not there without one."""
    window = "start=02:00\nduration=60\n"
    assert problems_of(
        f"[maintenance a b]\n{window}[maintenance  a  b]\n{window}[maintenance x@planted]\n{window}"
    ) == (
        "[maintenance a b] is there twice; give one of the two another name.",
        (
            "[maintenance…] has a name that is longer than 40 characters or has others in it than letters,"
            " digits, blanks and . _ -; give it a short plain one, like [maintenance backup]."
        ),
    )
    assert problems_of(f"[maintenance]\n{window}") == (
        "There is no section [maintenance]: did you mean maintenance NAME?",
    )


def test_one_that_is_not_set_up(load_text: LoadText) -> None:
    """A section without a start and a duration is no window, with a warning."""
    settings = load_text("[maintenance w]\ntimezone=UTC\n")
    assert settings.windows() == ()
    assert settings.warnings[-1] == (
        "[maintenance w] is not set up: give both start and duration, or remove the block"
    )


def test_written_again(load_text: LoadText) -> None:
    """The effective settings have the windows, secrets in URLs masked, and load again as they were."""
    settings = load_text(
        "[maintenance w]\nstart=sun 02:00\nduration=90\ntimezone=Europe/Berlin\n"
        "tasks=https://u:planted@a.example/*, Nightly\nservers=web-?\n"
        "[maintenance once]\nstart=2026-12-01T22:00:00+02:00\nduration=60\n"
    )
    text = masked_ini(settings)
    assert "planted" not in text
    again = load_text(text)
    assert (
        again.windows()
        == settings.windows()
        == (
            MaintenanceWindow(
                "w", "0 2 * * sun", 1.5 * HOUR, BERLIN, ("https://***@a.example/*", "Nightly"), ("web-?",)
            ),
            MaintenanceWindow(
                "once", datetime(2026, 12, 1, 22, tzinfo=timezone(2 * HOUR)), HOUR, ZoneInfo("UTC")
            ),
        )
    )
