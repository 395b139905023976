"""The strip of a day: its statuses as stretches, and a mark for each run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from py_pinger.core.model.history import PastSpan, RunMark
from py_pinger.core.text.formatting import duration, minute
from py_pinger.web.past.axis import AxisTick, ticks
from py_pinger.web.past.reader_zone import ReaderZone
from py_pinger.web.view.timeline import stretches

# Units of the drawing, which is stretched to the width of the page: half a minute of a day each.
WIDTH: Final = 2880
# Runs that are closer look like one: on a wide screen this is two pixels.
_CLOSE: Final = WIDTH / 400
# Hours between two ticks.
_TICK_HOURS: Final = 3


@dataclass(frozen=True, slots=True)
class StripStretch:
    """A stretch in one status: its beginning and its width in units of the drawing."""

    x: int
    width: int
    status: str
    title: str


@dataclass(frozen=True, slots=True)
class RunStrip:
    """The strip from `since` to `until`.

    `healthy` and `failed` are the paths of the marks; runs that are closer to each other than `close` are
    one block, and `merged` says whether there are such.
    """

    since: datetime
    until: datetime
    stretches: tuple[StripStretch, ...]
    ticks: tuple[AxisTick, ...]
    healthy: str
    failed: str
    runs: int
    merged: bool
    close: timedelta


def create_strip(
    spans: Sequence[PastSpan], runs: Sequence[RunMark], since: datetime, until: datetime, zone: ReaderZone
) -> RunStrip:
    """Return the strip of a period; spans and runs are in order of time."""
    blocks = list(_blocks(runs, since, until))
    return RunStrip(
        since=since,
        until=until,
        stretches=tuple(_stretch(span, since, until) for span in stretches(spans, since, until)),
        ticks=ticks(since, until, _TICK_HOURS, zone),
        healthy="".join(_mark(begin, end, 30, 70) for begin, end, healthy in blocks if healthy),
        failed="".join(_mark(begin, end, 5, 95) for begin, end, healthy in blocks if not healthy),
        runs=len(runs),
        merged=len(blocks) < len(runs),
        close=(until - since) * (_CLOSE / WIDTH),
    )


def _blocks(runs: Sequence[RunMark], since: datetime, until: datetime) -> Iterator[tuple[int, int, bool]]:
    """Yield where blocks of runs begin and end, and whether their runs were healthy."""
    begin = end = 0
    healthy: bool | None = None
    for run in runs:
        x = _x(run.lastrun, since, until)
        if run.healthy is not healthy or x - end >= _CLOSE:
            if healthy is not None:
                yield begin, end, healthy
            begin, healthy = x, run.healthy
        end = x
    if healthy is not None:
        yield begin, end, healthy


def _mark(begin: int, end: int, top: int, bottom: int) -> str:
    """Return the path of a mark: a line, or a block if runs were close to each other."""
    return f"M{begin} {top}V{bottom}" + (f"H{end}V{top}z" if end > begin else "")


def _stretch(span: PastSpan, since: datetime, until: datetime) -> StripStretch:
    ended = span.ended or until
    x, end = _x(span.started, since, until), _x(ended, since, until)
    what = f"{span.status}, {span.cause}" if span.cause else span.status.value
    period = f"{minute(span.started)} to {minute(ended)}"
    return StripStretch(x, end - x, span.status.value, f"{what}: {period}, {duration(ended - span.started)}")


def _x(at: datetime, since: datetime, until: datetime) -> int:
    return round(WIDTH * ((at - since) / (until - since)))
