"""`pinger check --watch`: checks again and again, and shows what changes while a page is written."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final, TypeVar

from py_pinger.cli.check_once import CheckResult, TaskChecker
from py_pinger.config import Settings
from py_pinger.core.model.check import Cause, Status
from py_pinger.core.model.task import Task
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.text.formatting import duration, iso_or_none

# Between two checks.
USUAL_PAUSE: Final = timedelta(seconds=2)

# Causes whose reason has the time that has passed, which differs each minute.
_WITH_AGE: Final = frozenset({Cause.LATE, Cause.CLOCK})

_Facts = Mapping[str, str | None]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class WatchedResult:
    """The result of a check among others of the same task: since when it is so, and what changed then.

    `changes` are empty at the first check. It is `new` if it differs from the result before.
    """

    result: CheckResult
    since: datetime
    changes: tuple[str, ...]
    new: bool


async def watch_every(
    every: timedelta,
    settings: Settings,
    tasks: Sequence[Task],
    at: datetime | None,
    show: Callable[[Sequence[WatchedResult]], None],
) -> bool:
    """Check tasks again and again until SIGINT or SIGTERM; return True if one fails at the end.

    A failure is shown at once, without trying again.
    """
    stopped = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    once = [replace(task, retries=0) for task in tasks]
    checker, watched = TaskChecker(settings), list[WatchedResult]()
    try:
        while not stopped.is_set():
            began = monotonic()
            results = await _unless(stopped, checker.check(once, at, _ignore))
            if results is not None:
                watched = compare(watched, results, datetime.now(UTC))
                show(watched)
            await _unless(stopped, asyncio.sleep(every.total_seconds() - (monotonic() - began)))
    finally:
        await checker.close()
    return any(each.result.verdict.status is Status.ERROR for each in watched)


def compare(
    before: Iterable[WatchedResult], results: Iterable[CheckResult], now: datetime
) -> list[WatchedResult]:
    """Return results with what has changed since those before."""
    known = {each.result.task.url: each for each in before}
    return [_watched(known.get(result.task.url), result, now) for result in results]


def _watched(before: WatchedResult | None, result: CheckResult, now: datetime) -> WatchedResult:
    if before is None:
        return WatchedResult(result, now, (), new=True)
    changes = tuple(_changes(_facts(before.result), _facts(result)))
    if changes:
        return WatchedResult(result, now, changes, new=True)
    return WatchedResult(result, before.since, before.changes, new=False)


def _changes(before: _Facts, after: _Facts) -> Iterator[str]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new:
            yield f"{key}: {old or 'none'} → {new or 'none'}"


def _facts(result: CheckResult) -> dict[str, str | None]:
    """Return what a change is noticed by; the remedy follows from the reason and is not named apart."""
    verdict = result.verdict
    every = verdict.schedule.written if verdict.schedule else None
    facts = {
        "status": str(verdict.status),
        "cause": verdict.cause,
        "reason": None if verdict.cause in _WITH_AGE else verdict.reason,
        "lastrun": iso_or_none(verdict.lastrun),
        "started": iso_or_none(verdict.started),
        "frequency": every or (duration(verdict.frequency) if verdict.frequency else None),
        "deadline": iso_or_none(verdict.deadline),
        "process": verdict.process,
        "server": verdict.server,
        "remedy": remedy_of(verdict.fault) if verdict.cause in _WITH_AGE else None,
    }
    return facts | {f"warning {number}": text for number, text in enumerate(verdict.warning_texts, 1)}


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Return the result of some work; None if it was stopped meanwhile."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return working.result()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    return None


def _ignore() -> None:
    """Show no progress."""
