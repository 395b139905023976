"""The chart of response times: minimum, mean and maximum of each hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.core.model.history import LatencyHour
from py_pinger.core.times import HOUR

# Units of the drawing, which is stretched to the width of the page.
WIDTH = 1000
HEIGHT = 160

_MILLISECOND = timedelta(milliseconds=1)
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour: a bar from the minimum to the maximum response time."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar an hour, and `line`, the path through the means, without missing hours.

    `top` is the response time at the upper edge, in milliseconds.
    """

    since: datetime
    until: datetime
    top: int
    bars: tuple[Bar, ...]
    line: str
    hours: tuple[LatencyHour, ...]


def create_chart(hours: Sequence[LatencyHour], since: datetime, until: datetime) -> Chart | None:
    """Return the chart of the hours from `since` to `until`; None without measurements."""
    since = since.replace(minute=0, second=0, microsecond=0)
    shown = tuple(hour for hour in hours if since <= hour.hour < until)
    if not shown:
        return None
    top = _round_above(max(_ms(hour.greatest) for hour in shown))
    unit = WIDTH / -((since - until) // HOUR)
    return Chart(
        since=since,
        until=until,
        top=top,
        bars=tuple(_bar(hour, since, unit, top) for hour in shown),
        line=_line(shown, since, unit, top),
        hours=shown,
    )


def _bar(hour: LatencyHour, since: datetime, unit: float, top: int) -> Bar:
    upper, lower = _y(hour.greatest, top), _y(hour.least, top)
    least, mean, greatest = (round(_ms(each)) for each in (hour.least, hour.mean, hour.greatest))
    title = f"{hour.hour:%d %b %H:%M} UTC: minimum {least}, mean {mean}, maximum {greatest} ms"
    return Bar(_x(hour, since, unit), upper, round(unit * 0.7, 1), max(round(lower - upper, 1), 1.5), title)


def _line(hours: Sequence[LatencyHour], since: datetime, unit: float, top: int) -> str:
    points: list[str] = []
    before: datetime | None = None
    for hour in hours:
        stroke = "L" if before and hour.hour - before == HOUR else "M"
        x, y = _x(hour, since, unit) + round(unit * 0.35, 1), _y(hour.mean, top)
        points.append(f"{stroke}{x:g} {y:g}")
        before = hour.hour
    return "".join(points)


def _x(hour: LatencyHour, since: datetime, unit: float) -> float:
    return round(((hour.hour - since) / HOUR + 0.15) * unit, 1)


def _y(length: timedelta, top: int) -> float:
    return round(HEIGHT * (1 - _ms(length) / top), 1)


def _ms(length: timedelta) -> float:
    return length / _MILLISECOND


def _round_above(value: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50, … that is not below the value."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale >= value:
                return step * scale
        scale *= 10
