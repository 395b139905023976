"""Timelines: bars whose segments are as wide as their time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.text.formatting import duration, minute
from py_pinger.web.view.task_row import TaskRow

# Segments that a bar shows one by one; for more, it shows the worst status of each slot.
MOST_SEGMENTS = 48
SLOTS = 96

_WORST_FIRST = (Status.ERROR, Status.UNKNOWN, Status.PENDING, Status.SLEEPING, Status.OK)


@dataclass(frozen=True, slots=True)
class TimelineSegment:
    """A part of a bar: its beginning and its width, in percent of the bar's width."""

    x: float
    width: float
    status: str
    title: str


def observed(spans: Sequence[PastSpan], row: TaskRow, now: datetime) -> tuple[PastSpan, ...]:
    """Return the spans with the open one ended.

    Now, or at the last check of a task that is unknown.
    """
    checked = row["checked"] if row["status"] == Status.UNKNOWN else None
    end = min(checked or now, now)
    return tuple(span if span.ended else replace(span, ended=max(end, span.started)) for span in spans)


def timeline(spans: Sequence[PastSpan], since: datetime, until: datetime) -> tuple[TimelineSegment, ...]:
    """Return the bar from `since` to `until`."""
    return tuple(_segment(span, since, until) for span in stretches(spans, since, until))


def stretches(spans: Sequence[PastSpan], since: datetime, until: datetime) -> tuple[PastSpan, ...]:
    """Return the spans of a bar, cut to its period.

    Time without a span was not monitored, and stays empty. Errors come last, so that they are drawn on top:
    the shortest has a visible width.
    """
    shown = [clipped for span in spans if (clipped := _clip(span, since, until))]
    if len(shown) > MOST_SEGMENTS:
        shown = list(_worst_of_slots(shown, since, until))
    return tuple(sorted(shown, key=lambda span: span.status is Status.ERROR))


def _clip(span: PastSpan, since: datetime, until: datetime) -> PastSpan | None:
    started, ended = max(span.started, since), min(span.ended or until, until)
    return replace(span, started=started, ended=ended) if started < ended else None


def _worst_of_slots(spans: Sequence[PastSpan], since: datetime, until: datetime) -> Iterator[PastSpan]:
    """Yield the worst span of each slot of the bar, equal neighbours as one."""
    slot = (until - since) / SLOTS
    worst = [(since + number * slot, _worst(spans, since + number * slot, slot)) for number in range(SLOTS)]
    for span, run in groupby(worst, key=lambda each: each[1]):
        begins = [begin for begin, _ in run]
        if span:
            yield PastSpan(begins[0], begins[-1] + slot, *span)


def _worst(spans: Sequence[PastSpan], begin: datetime, slot: timedelta) -> tuple[Status, None] | None:
    end = begin + slot
    there = {span.status for span in spans if span.started < end and (span.ended or end) > begin}
    return next(((status, None) for status in _WORST_FIRST if status in there), None)


def _segment(span: PastSpan, since: datetime, until: datetime) -> TimelineSegment:
    whole, ended = until - since, span.ended or until
    x, end = (round(100 * ((at - since) / whole), 2) for at in (span.started, ended))
    what = f"{span.status} ({span.cause})" if span.cause else span.status.value
    times = f"{minute(span.started)} to {minute(ended)}"
    return TimelineSegment(
        x, round(end - x, 2), span.status.value, f"{what}, {times}, {duration(ended - span.started)}"
    )
