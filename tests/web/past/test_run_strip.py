"""The strip of a day: stretches in proportion, and a mark for each run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import PastSpan, RunMark
from py_pinger.web.past.reader_zone import IN_UTC
from py_pinger.web.past.run_strip import StripStretch, create_strip

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SINCE = NOW - DAY


def test_stretches_are_as_wide_as_they_lasted() -> None:
    """Their titles have both moments in full, so that they can be moved to any zone."""
    spans = [
        PastSpan(SINCE - DAY, SINCE + 6 * HOUR, Status.OK, None),
        PastSpan(SINCE + 6 * HOUR, NOW, Status.ERROR, Cause.LATE),
    ]
    assert create_strip(spans, [], SINCE, NOW, IN_UTC).stretches == (
        StripStretch(0, 720, "ok", "ok: 2026-11-21 12:00 UTC to 2026-11-21 18:00 UTC, 6 h"),
        StripStretch(720, 2160, "error", "error, late: 2026-11-21 18:00 UTC to 2026-11-22 12:00 UTC, 18 h"),
    )


@pytest.mark.parametrize(
    ("every", "healthy", "merged"),
    [
        (6 * HOUR, "M0 30V70M720 30V70M1440 30V70M2160 30V70", False),
        (5 * MINUTE, None, False),
        (MINUTE, "M0 30V70H2878V30z", True),
        (SECOND, "M0 30V70H2880V30z", True),
    ],
)
def test_runs_that_cannot_be_told_apart_are_one_block(
    every: timedelta,
    healthy: str | None,
    merged: bool,  # noqa: FBT001 - a row
) -> None:
    """Marks of five minutes can; those of a minute are a block, and the strip says so."""
    runs = [RunMark(SINCE + number * every, healthy=True) for number in range(DAY // every)]
    strip = create_strip([], runs, SINCE, NOW, IN_UTC)
    assert (strip.runs, strip.merged, strip.failed) == (len(runs), merged, "")
    assert strip.healthy == healthy or (healthy is None and strip.healthy.count("M") == 288)
    assert strip.close == 3.6 * MINUTE


def test_a_gap_and_a_failed_run_break_a_block() -> None:
    """Runs that were missed are seen also where runs are a block, and no failed run is lost in one."""
    minutes = [n for n in range(60) if not 20 <= n < 25]
    runs = [RunMark(SINCE + n * MINUTE, healthy=n != 40) for n in minutes]
    strip = create_strip([], runs, SINCE, NOW, IN_UTC)
    assert strip.healthy == "M0 30V70H38V30zM50 30V70H78V30zM82 30V70H118V30z"
    assert strip.failed == "M80 5V95"


def test_there_may_be_no_runs() -> None:
    """Then there are no marks, and nothing is merged."""
    strip = create_strip([], [], SINCE, NOW, IN_UTC)
    assert (strip.healthy, strip.failed, strip.runs, strip.merged) == ("", "", 0, False)
