"""Maintenance windows, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.config import masked_ini
from py_pinger.core.suppression.maintenance import MaintenanceWindow

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


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
        ("@Weekly", "0 0 * * 0"),
        ("2026-12-01 22:00", datetime(2026, 12, 1, 21, tzinfo=UTC)),
        ("2026-12-01T22:00:00+02:00", datetime(2026, 12, 1, 20, tzinfo=UTC)),
    ],
)
def test_start(load_text: LoadText, written: str, start: str | datetime) -> None:
    """Each way in which a start may be written."""
    settings = load_text(f"[maintenance w]\nstart={written}\nduration=60\ntimezone=Europe/Berlin\n")
    assert settings.windows() == (MaintenanceWindow("w", start, HOUR, BERLIN),)


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("start=24:00\nduration=60", "invalid_value", " start"),
        ("start=noon\nduration=60", "invalid_value", " start"),
        ("start=2026-12-01 22:00+10:60\nduration=60", "invalid_value", " start"),
        ("start=fri-mon 02:00\nduration=60", "invalid_value", " start"),
        ("start=0 2 * * 9\nduration=60", "invalid_value", " start"),
        ("start=0 0 30 2 *\nduration=60", "invalid_value", " start"),
        ("start=0 0 */31 2 mon#5\nduration=60", "invalid_value", " start"),
        ("start=02:00\nduration=60\ntimezone=Berlin", "invalid_value", " timezone"),
        ("start=02:00\nduration=0", "invalid_value", " duration"),
        ("start=02:00", "incomplete", ""),
        ("start=02:00\nduration=60\ntask=x", "unknown_key", ""),
    ],
)
def test_invalid_windows(codes_of: CodesOf, text: str, code: str, where: str) -> None:
    """An invalid key of a window is reported with its place."""
    assert codes_of(f"[maintenance w]\n{text}\n") == ((code, f"[maintenance w]{where}"),)


def test_names(codes_of: CodesOf) -> None:
    """A name is there once, and short and plain; the section is not there without one."""
    window = "start=02:00\nduration=60\n"
    assert codes_of(
        f"[maintenance a b]\n{window}[maintenance  A  b]\n{window}[maintenance x@planted]\n{window}"
    ) == (
        ("duplicate", "[maintenance A b]"),
        (("invalid_name", "[maintenance…]")),
    )
    assert codes_of(f"[maintenance]\n{window}") == (("unknown_section", "[maintenance]"),)


def test_one_that_is_not_set_up(load_text: LoadText) -> None:
    """A section without a start and a duration is no window, with a warning."""
    settings = load_text("[maintenance w]\ntimezone=UTC\n")
    assert settings.windows() == ()
    assert codes(settings.warnings)[-1] == ("not_set_up", "[maintenance w]")


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


@pytest.mark.parametrize(
    ("window", "warning"),
    [
        ("start=02:00\nduration=1d\n", ("always_open", "[maintenance w]")),
        ("start=02:00\nduration=2880\n", ("always_open", "[maintenance w]")),
        ("start=sun 02:00\nduration=1w\n", ("always_open", "[maintenance w]")),
        ("start=2020-01-01 02:00\nduration=60\n", ("no_effect", "[maintenance w]")),
        ("start=02:00\nduration=60\ntasks=*b.example*\n", ("no_match", "[maintenance w] tasks")),
        ("start=02:00\nduration=1439\ntasks=*a.example*\n", None),
        ("start=2999-01-01 02:00\nduration=2d\n", None),
    ],
)
def test_warnings(load_text: LoadText, window: str, warning: tuple[str, str] | None) -> None:
    """A window that is always open, or in the past, or for no task, is a warning."""
    settings = load_text(f"[maintenance w]\n{window}[urls]\nprod=http://a.example/\n")
    assert codes(settings.warnings) == ((warning,) if warning else ())


def test_a_start_that_the_clocks_skip(load_text: LoadText) -> None:
    """A single window in an hour that the clocks skip opens as soon as they have."""
    text = "[maintenance w]\nstart=2026-03-29 02:30\nduration=60\ntimezone=Europe/Berlin\n"
    (window,) = load_text(text).windows()
    assert window.start == datetime(2026, 3, 29, 1, tzinfo=UTC)
