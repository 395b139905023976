"""The chart of response times: bars, the line through the means, and its scale."""

from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.history import LatencyHour, PastRun
from py_pinger.web.view.chart import (
    MILLISECONDS,
    MINUTES,
    SECONDS,
    Bar,
    Chart,
    ChartUnit,
    create_chart,
    run_hours,
    run_unit,
)

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
    assert create_chart(hours, NOW - 4 * HOUR, NOW) == Chart(
        since=NOW - 4 * HOUR,
        until=NOW,
        top=100,
        bars=(
            Bar(37.5, 40, 175, 80, "22 Nov 08:00 UTC: minimum 25, mean 50, maximum 75 ms"),
            Bar(287.5, 80, 175, 80, "22 Nov 09:00 UTC: minimum 0, mean 25, maximum 50 ms"),
            Bar(787.5, 0, 175, 1.5, "22 Nov 11:00 UTC: minimum 100, mean 100, maximum 100 ms"),
        ),
        line="M125 80L375 120M875 0",
        hours=hours[1:],
        unit=MILLISECONDS,
    )


def test_run_times_are_shown_by_the_hour_in_which_runs_ended() -> None:
    """Of the runs whose start is known; an hour has the shortest, the mean and the longest."""
    runs = (
        PastRun(NOW - MINUTE, NOW, None, healthy=True, reason=None, duration=4 * MINUTE),
        PastRun(NOW - 2 * MINUTE, NOW, None, healthy=False, reason=None, duration=2 * MINUTE),
        PastRun(NOW - 3 * MINUTE, NOW, None, healthy=True, reason=None),
        PastRun(NOW - 90 * MINUTE, NOW, None, healthy=True, reason=None, duration=HOUR),
    )
    hours = run_hours(runs)
    assert hours == (
        LatencyHour(NOW - 2 * HOUR, 1, 0, HOUR, HOUR, HOUR),
        LatencyHour(NOW - HOUR, 2, 1, 3 * MINUTE, 2 * MINUTE, 4 * MINUTE),
    )
    drawn = create_chart(hours, NOW - 4 * HOUR, NOW, run_unit(hours))
    assert drawn
    assert (drawn.top, drawn.bars[1].title) == (
        100,
        "22 Nov 11:00 UTC: minimum 2, mean 3, maximum 4 min",
    )


@pytest.mark.parametrize(
    ("longest", "unit"), [(10 * MINUTE, SECONDS), (11 * MINUTE, MINUTES), (None, SECONDS)]
)
def test_long_run_times_are_in_minutes(longest: timedelta | None, unit: ChartUnit) -> None:
    """Numbers stay readable."""
    assert run_unit([LatencyHour(NOW, 1, 0, longest, longest, longest)] if longest else []) == unit


def test_there_is_no_chart_of_nothing() -> None:
    """Where nothing was measured there is no chart."""
    assert create_chart((hour(30, 1, 1, 1),), NOW - 24 * HOUR, NOW) is None


@pytest.mark.parametrize(
    ("greatest", "top"), [(0, 1), (1, 1), (3, 5), (41, 50), (50, 50), (51, 100), (150, 200), (10_000, 10_000)]
)
def test_the_scale_ends_at_a_round_number(greatest: float, top: int) -> None:
    """The upper edge is the next of 1, 2, 5, 10, 20, 50 and so on."""
    drawn = create_chart((hour(1, 0, 0, greatest),), NOW - 4 * HOUR, NOW)
    assert drawn is not None
    assert drawn.top == top
