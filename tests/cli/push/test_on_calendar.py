"""OnCalendar expressions as cron expressions for the same times."""

from __future__ import annotations

import pytest

from py_pinger.cli.push.on_calendar import CronTimes, as_cron


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("hourly", "0 * * * *"),
        ("Daily", "0 0 * * *"),
        ("weekly", "0 0 * * mon"),
        ("quarterly", "0 0 1 1,4,7,10 *"),
        ("02:30", "30 02 * * *"),
        ("*-*-* 02:30:00", "30 02 * * *"),
        ("*:0/15", "0-59/15 * * * *"),
        ("*:*", "* * * * *"),
        ("00/2:05", "05 00-23/2 * * *"),
        ("*/2:05", "05 */2 * * *"),
        ("Mon..Fri 08:00", "00 08 * * mon,tue,wed,thu,fri"),
        ("Sat,Sun 8..18:30", "30 8-18 * * sat,sun"),
        ("Monday *-*-* 00:00:00", "00 00 * * mon"),
        ("*-*-01 04:00", "00 04 01 * *"),
        ("*-01,07-01..07 04:00", "00 04 01-07 01,07 *"),
        ("*-*~01 08:00", "00 08 L * *"),
        ("12-24", "0 0 24 12 *"),
        ("Fri", "0 0 * * fri"),
    ],
)
def test_kept(text: str, cron: str) -> None:
    """An expression that cron can say has the same times."""
    assert as_cron(text) == CronTimes(cron)


def test_with_a_zone() -> None:
    """A time zone behind the expression is kept."""
    assert as_cron("Mon 08:00 Europe/Berlin") == CronTimes("00 08 * * mon", "Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "Mon *-*-01 08:00",  # both have to hold, which cron cannot say
        "2026-*-* 08:00",
        "*-*~02 08:00",
        "08:00:30",
        "*:*:0/10",
        "Fri..Mon 08:00",
        "08:00 Nowhere/Else",
        "25:00",
        "*:0/x",
        "",
        "often",
    ],
)
def test_not_kept(text: str) -> None:
    """An expression with other times than cron can say has none."""
    assert as_cron(text) is None
