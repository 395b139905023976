"""The chart of response times, or of run times: minimum, mean and maximum of each hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.history import LatencyHour
from py_pinger.core.text.formatting import minute
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND, ZERO
from py_pinger.web.past.axis import AxisTick, ticks
from py_pinger.web.past.reader_zone import ReaderZone

# Units of the drawing, which is stretched to the width of the page.
WIDTH = 1000
HEIGHT = 160

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class ChartUnit:
    """What the numbers of a chart count."""

    name: str
    length: timedelta


MILLISECONDS = ChartUnit("ms", timedelta(milliseconds=1))
SECONDS = ChartUnit("s", SECOND)
MINUTES = ChartUnit("min", MINUTE)

# The longest run time that is shown in seconds.
LONGEST_IN_SECONDS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: a bar from the minimum to the maximum."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar an hour, and `line`, the path through the means, without missing hours.

    `top` is the number at the upper edge, in the `unit`; `labels` are those of the left edge, from the top.
    """

    top: int
    labels: tuple[str, ...]
    ticks: tuple[AxisTick, ...]
    bars: tuple[Bar, ...]
    line: str
    hours: tuple[LatencyHour, ...]
    unit: ChartUnit


def create_chart(
    hours: Sequence[LatencyHour],
    period: tuple[datetime, datetime],
    zone: ReaderZone,
    unit: ChartUnit = MILLISECONDS,
) -> Chart | None:
    """Return the chart of the hours of a period; None without measurements."""
    since, until = period
    since = since.replace(minute=0, second=0, microsecond=0)
    shown = tuple(hour for hour in hours if since <= hour.hour < until)
    if not shown:
        return None
    top = _round_above(max(hour.greatest / unit.length for hour in shown))
    count = -((since - until) // HOUR)
    wide = WIDTH / count
    return Chart(
        top=top,
        labels=(f"{top:,} {unit.name}", f"{top / 2:,g}", "0"),
        ticks=ticks(since, since + count * HOUR, 6 if count * HOUR <= 2 * DAY else 24, zone),
        bars=tuple(_bar(hour, since, wide, top * unit.length, unit) for hour in shown),
        line=_line(shown, since, wide, top * unit.length),
        hours=shown,
        unit=unit,
    )


def run_unit(hours: Sequence[LatencyHour]) -> ChartUnit:
    """Return the unit in which run times are shown."""
    longest = max((hour.greatest for hour in hours), default=ZERO)
    return SECONDS if longest <= LONGEST_IN_SECONDS else MINUTES


def _bar(hour: LatencyHour, since: datetime, wide: float, top: timedelta, unit: ChartUnit) -> Bar:
    upper, lower = _y(hour.greatest, top), _y(hour.least, top)
    least, mean, greatest = (round(each / unit.length) for each in (hour.least, hour.mean, hour.greatest))
    title = f"{minute(hour.hour)}: {least} to {greatest} {unit.name}, mean {mean}"
    return Bar(_x(hour, since, wide), upper, round(wide * 0.7, 1), max(round(lower - upper, 1), 1.5), title)


def _line(hours: Sequence[LatencyHour], since: datetime, wide: float, top: timedelta) -> str:
    points: list[str] = []
    before: datetime | None = None
    for hour in hours:
        stroke = "L" if before and hour.hour - before == HOUR else "M"
        x, y = _x(hour, since, wide) + round(wide * 0.35, 1), _y(hour.mean, top)
        points.append(f"{stroke}{x:g} {y:g}")
        before = hour.hour
    return "".join(points)


def _x(hour: LatencyHour, since: datetime, wide: float) -> float:
    return round(((hour.hour - since) / HOUR + 0.15) * wide, 1)


def _y(length: timedelta, top: timedelta) -> float:
    return round(HEIGHT * (1 - length / top), 1)


def _round_above(value: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, … that is not below the value."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale >= value:
                return step * scale
        scale *= 10
