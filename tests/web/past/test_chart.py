"""The chart of response times: bars, the line through the means, and its scale."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.history import LatencyHour
from py_pinger.web.past.chart import (
    MILLISECONDS,
    MINUTES,
    SECONDS,
    Bar,
    Chart,
    ChartUnit,
    create_chart,
    run_unit,
)
from py_pinger.web.past.reader_zone import IN_UTC

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def hour(ago: int, mean: float, least: float, greatest: float) -> LatencyHour:
    """Return an hour, its response times in milliseconds."""
    lengths = (timedelta(milliseconds=each) for each in (mean, least, greatest))
    return LatencyHour(NOW - ago * HOUR, 60, 0, *lengths)


def test_a_chart_has_a_bar_an_hour_and_a_line_that_breaks_where_hours_are_missing() -> None:
    """Bars reach from least to greatest; the line goes through the means of hours next to each other."""
    hours = (hour(5, 50, 50, 50), hour(4, 50, 25, 75), hour(3, 25, 0, 50), hour(1, 100, 100, 100))
    assert create_chart(hours, (NOW - 4 * HOUR, NOW), IN_UTC) == Chart(
        top=100,
        labels=("100 ms", "50", "0"),
        ticks=(),
        bars=(
            Bar(37.5, 40, 175, 80, "2026-11-22 08:00 UTC: 25 to 75 ms, mean 50"),
            Bar(287.5, 80, 175, 80, "2026-11-22 09:00 UTC: 0 to 50 ms, mean 25"),
            Bar(787.5, 0, 175, 1.5, "2026-11-22 11:00 UTC: 100 to 100 ms, mean 100"),
        ),
        line="M125 80L375 120M875 0",
        hours=hours[1:],
        unit=MILLISECONDS,
    )


@pytest.mark.parametrize(
    ("longest", "unit"), [(10 * MINUTE, SECONDS), (11 * MINUTE, MINUTES), (None, SECONDS)]
)
def test_long_run_times_are_in_minutes(longest: timedelta | None, unit: ChartUnit) -> None:
    """Numbers stay readable."""
    assert run_unit([LatencyHour(NOW, 1, 0, longest, longest, longest)] if longest else []) == unit


def test_there_is_no_chart_of_nothing() -> None:
    """Where nothing was measured there is no chart."""
    assert create_chart((hour(30, 1, 1, 1),), (NOW - 24 * HOUR, NOW), IN_UTC) is None


@pytest.mark.parametrize(
    ("greatest", "top"), [(0, 1), (1, 1), (3, 5), (41, 50), (50, 50), (51, 100), (150, 200), (10_000, 10_000)]
)
def test_the_scale_ends_at_a_round_number(greatest: float, top: int) -> None:
    """The upper edge is the next of 1, 2, 5, 10, 20, 50 and so on."""
    drawn = create_chart((hour(1, 0, 0, greatest),), (NOW - 4 * HOUR, NOW), IN_UTC)
    assert drawn is not None
    assert (drawn.top, drawn.labels[2]) == (top, "0")


@pytest.mark.parametrize(
    ("days", "ticks"),
    [
        (1, ["18:00", "00:00", "06:00"]),
        (7, [f"{day} 00:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")]),
    ],
)
def test_ticks_are_at_hours_of_a_day_or_at_midnights(days: int, ticks: list[str]) -> None:
    """A chart of a day has one each six hours, a longer one at each midnight; none at its edges."""
    drawn = create_chart((hour(1, 1, 1, 1),), (NOW - days * 24 * HOUR, NOW), IN_UTC)
    assert drawn is not None
    form = "%H:%M" if days == 1 else "%a %H:%M"
    assert [f"{tick.at:{form}}" for tick in drawn.ticks] == ticks
