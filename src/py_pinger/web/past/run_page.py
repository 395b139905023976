"""A page of a task's runs, found by the moment at which the page before or after it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from py_pinger.core.model.history import PastRun
from py_pinger.core.times import MAX_TIME, TICK
from py_pinger.web.view.data import HistorySource

SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class PageKey:
    """The page with the newest runs before a moment, or with the oldest after one; without both the first."""

    before: datetime | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `newer` and `older` are the keys of the next pages, None at the ends."""

    runs: Sequence[PastRun]
    newer: datetime | None
    older: datetime | None


def read_page(history: HistorySource, url: str, period: tuple[datetime, datetime], key: PageKey) -> RunPage:
    """Return the page of runs of a period that a key stands for."""
    since, until = period
    if key.after:
        # The one run more shows whether there are newer ones.
        found = history.runs(
            url, max(since, min(key.after, MAX_TIME - TICK) + TICK), SIZE + 1, until, oldest=True
        )
        runs = found[-SIZE:]
        return RunPage(runs, _newest(runs) if len(found) > SIZE else None, _oldest(runs))
    found = history.runs(url, since, SIZE + 1, min(until, key.before or until))
    runs = found[:SIZE]
    return RunPage(runs, _newest(runs) if key.before else None, _oldest(runs) if len(found) > SIZE else None)


def _newest(runs: Sequence[PastRun]) -> datetime | None:
    return runs[0].lastrun if runs else None


def _oldest(runs: Sequence[PastRun]) -> datetime | None:
    return runs[-1].lastrun if runs else None
