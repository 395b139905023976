"""The page of a task's history: its statuses and its runs, of one day or of all time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from py_pinger.core.evaluation.statistics import Cadence, known_time, uptime
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import CauseChange
from py_pinger.core.times import DAY, MIN_TIME, TICK, ZERO
from py_pinger.web.past.day_calendar import reason_of, time_within
from py_pinger.web.past.history_choice import HistoryChoice
from py_pinger.web.past.run_page import RunPage, read_page
from py_pinger.web.past.run_strip import RunStrip, create_strip
from py_pinger.web.past.runs import ListedRun, listed_runs
from py_pinger.web.past.uptime_figures import share_text
from py_pinger.web.view.data import HistorySource
from py_pinger.web.view.task_row import TaskRow
from py_pinger.web.view.timeline import observed

# Statuses that a page lists: the newest.
MOST_STATUSES: Final = 100


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A status, from when to when; `until` is None while it goes on."""

    since: datetime
    until: datetime | None
    length: timedelta
    status: Status
    cause: Cause | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DayView:
    """A day: its strip, its uptime as text, how its runs kept to time, and the days next to it."""

    day: date
    strip: RunStrip
    up: str | None
    failing: timedelta
    cadence: Cadence
    earlier: date
    later: date | None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """All that the page shows; `day` is None if it is not about one."""

    day: DayView | None
    statuses: tuple[StatusLine, ...]
    more_statuses: int
    page: RunPage
    runs: tuple[ListedRun, ...]


def create_history(
    history: HistorySource, row: TaskRow, frequency: timedelta | None, choice: HistoryChoice, now: datetime
) -> HistoryView:
    """Return the page of the history of a task."""
    page = read_page(history, row["url"], choice.period, choice.key)
    since, until = choice.period if choice.day else _shown(page, choice)
    spans = spans_since(history, row, since, now)
    # The status that goes on now is no longer there on a day to come.
    there = [span for span in spans if span.started < until and (span.ended or now) > since]
    causes = history.cause_changes(row["url"], since)
    shown = reversed(there[-MOST_STATUSES:])
    return HistoryView(
        day=_day(history, row, there, frequency, choice, now) if choice.day else None,
        statuses=tuple(_line(span, causes, now) for span in shown),
        more_statuses=max(len(there) - MOST_STATUSES, 0),
        page=page,
        runs=listed_runs(page.runs, frequency),
    )


def _line(span: PastSpan, causes: Sequence[CauseChange], now: datetime) -> StatusLine:
    until = span.ended if span.ended and span.ended < now else None
    length = (span.ended or now) - span.started
    return StatusLine(span.started, until, length, span.status, span.cause, reason_of(span, causes))


def spans_since(history: HistorySource, row: TaskRow, since: datetime, now: datetime) -> Sequence[PastSpan]:
    """Return the statuses of a task after a moment, the open one ended."""
    return observed(history.spans([row["url"]], since).get(row["url"], ()), row, now)


def _shown(page: RunPage, choice: HistoryChoice) -> tuple[datetime, datetime]:
    """Return the period of a page of runs: the first one reaches to now, the last one to the beginning."""
    since = page.runs[-1].lastrun if page.older else MIN_TIME
    until = page.runs[0].lastrun + TICK if page.newer else choice.until
    return since, until


def _day(
    history: HistorySource,
    row: TaskRow,
    spans: Sequence[PastSpan],
    frequency: timedelta | None,
    choice: HistoryChoice,
    now: datetime,
) -> DayView | None:
    if choice.day is None:
        return None
    (since, until), url = choice.period, row["url"]
    share = uptime(spans, since, until)
    errors = (span for span in spans if span.status is Status.ERROR)
    return DayView(
        day=choice.day,
        strip=create_strip(spans, history.run_marks(url, since, until), since, until, choice.zone),
        up=None if share is None else share_text(share, known_time(spans, since, until)),
        failing=sum((time_within(span, since, until) for span in errors), ZERO),
        cadence=history.cadence(url, since, frequency, until),
        earlier=choice.day - DAY,
        later=choice.day + DAY if choice.day < choice.zone.day(now) else None,
    )
