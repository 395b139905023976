"""The past of a task on its page: uptime, strip, calendar, runs and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.history import LatencyHour
from py_pinger.core.times import DAY
from py_pinger.web.past.chart import MILLISECONDS, Chart, ChartUnit, create_chart, run_unit
from py_pinger.web.past.day_calendar import DAYS, DayCalendar, create_calendar
from py_pinger.web.past.history_view import spans_since
from py_pinger.web.past.reader_zone import ReaderZone
from py_pinger.web.past.run_strip import RunStrip, create_strip
from py_pinger.web.past.runs import SHOWN, RunList, create_run_list
from py_pinger.web.past.uptime_figures import UptimeFigure, uptime_figures
from py_pinger.web.view.data import HistorySource
from py_pinger.web.view.task_row import TaskRow, is_pushed

RUN_DAYS: Final = 7
_CHARTS: Final = ((1, "24 hours"), (7, "7 days"))


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """The charts of one measure, `run` or `response` time, each with the period that it shows."""

    measure: str
    charts: tuple[tuple[str, Chart | None], ...]


@dataclass(frozen=True, slots=True)
class TaskPast:
    """All that the page of a task shows of its past."""

    figures: tuple[UptimeFigure, ...]
    strip: RunStrip
    calendar: DayCalendar
    runs: RunList
    groups: tuple[ChartGroup, ...]
    zone: ReaderZone


def create_past(
    history: HistorySource, row: TaskRow, frequency: timedelta | None, zone: ReaderZone, now: datetime
) -> TaskPast:
    """Return the past of a task."""
    url, week = row["url"], now - RUN_DAYS * DAY
    spans = spans_since(history, row, now - DAYS * DAY, now)
    counts = history.cadence(url, week, frequency)
    since = now - DAY
    return TaskPast(
        figures=uptime_figures(spans, now),
        strip=create_strip(spans, history.run_marks(url, since, now), since, now, zone),
        calendar=create_calendar(spans, history.cause_changes(url, now - DAYS * DAY), zone, now),
        runs=create_run_list(history.runs(url, week, SHOWN), counts, frequency, row, now),
        groups=_groups(history, row, zone, now),
        zone=zone,
    )


def _groups(history: HistorySource, row: TaskRow, zone: ReaderZone, now: datetime) -> tuple[ChartGroup, ...]:
    """Return the charts: run times where they are known, response times where pages are requested."""
    url, since = row["url"], now - RUN_DAYS * DAY
    groups: list[ChartGroup] = []
    if lengths := history.run_hours(url, since):
        groups.append(_group("run", lengths, run_unit(lengths), zone, now))
    if not is_pushed(row):
        groups.append(_group("response", history.latency(url, since), MILLISECONDS, zone, now))
    return tuple(groups)


def _group(
    measure: str, hours: Sequence[LatencyHour], unit: ChartUnit, zone: ReaderZone, now: datetime
) -> ChartGroup:
    drawn = ((heading, create_chart(hours, (now - days * DAY, now), zone, unit)) for days, heading in _CHARTS)
    return ChartGroup(measure, tuple(drawn))
