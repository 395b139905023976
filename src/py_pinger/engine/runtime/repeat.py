"""Jobs that repeat until cancelled: an internal error costs one round, and is logged."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from py_pinger.core.model.health import Problem, ProblemKind
from py_pinger.core.text.formatting import time_or_date
from py_pinger.engine.runtime.failure_log import FailureLog

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")

Sleep = Callable[[float], Awaitable[object]]

# How long a job may fail before it is a problem: most failures end before.
FAILING_AFTER = timedelta(minutes=1)

# Compiled code raises more than Exception when it fails; these alone are meant to end what runs.
_ENDINGS = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)


async def every(
    interval: float,
    job: Callable[[], Awaitable[float | None]],
    name: str,
    *,
    sleep: Sleep | None = None,
    traceback: bool = True,
    failures: LoopFailures | None = None,
) -> None:
    """Run a job until cancelled, with `interval` seconds after each round.

    A round may return another number of seconds to wait. `name` is a noun phrase for the log; no `traceback`
    goes there if it could quote a secret. `failures` records how each round ended.
    """
    errors = ErrorLog(name, traceback=traceback)
    while True:
        pause: float | None = None
        try:
            pause = await job()
            errors.record(None)
            if failures:
                failures.record(name, None)
        except _ENDINGS:
            raise
        except BaseException as error:  # noqa: BLE001 - logged, and see _ENDINGS
            errors.record(error)
            if failures:
                failures.record(name, f"internal error ({type(error).__name__})")
        await (sleep or asyncio.sleep)(interval if pause is None else pause)


class LoopFailures:
    """The repeated jobs that fail, for health and metrics; may be read from any thread."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failing: dict[str, tuple[datetime, str]] = {}
        self._counts: Counter[str] = Counter()

    def record(self, name: str, error: str | None) -> None:
        """Record how a round ended: with an error, as a text for people, or well."""
        if error is None:
            self._failing.pop(name, None)
            return
        since, _ = self._failing.get(name, (self._clock(), ""))
        self._failing[name] = since, error
        self._counts[name] += 1

    def problems(self) -> tuple[Problem, ...]:
        """Return a problem for each job that has failed for a while."""
        now = self._clock()
        return tuple(
            Problem(ProblemKind.LOOP_FAILING, f"{name} fails since {time_or_date(since, now)}: {error}")
            for name, (since, error) in tuple(self._failing.items())
            if now - since >= FAILING_AFTER
        )

    def counts(self) -> dict[str, int]:
        """Return how many rounds of each job have failed."""
        return dict(self._counts)


async def attempt(job: Callable[[], Awaitable[_Result]], name: str) -> _Result | None:
    """Return what a job returns; log an internal error with its traceback, and return None then."""
    try:
        return await job()
    except _ENDINGS:
        raise
    except BaseException as error:  # noqa: BLE001 - logged, and see _ENDINGS
        _log.error("Internal error in %s: %s", name, type(error).__name__, exc_info=error)
        return None


class ErrorLog:
    """Logs when a repeated job begins to raise errors of one type, and when it works again."""

    def __init__(self, name: str, *, traceback: bool = True) -> None:
        failing = f"Internal error in {name}"
        self._log = FailureLog(_log, f"{failing}, will retry", f"{failing}: recovered.", each_error=True)
        self._traceback = traceback

    def record(self, error: BaseException | None) -> None:
        """Record how a round ended."""
        if error is None:
            self._log.record(None)
        else:
            self._log.record(type(error).__name__, error if self._traceback else None, logging.ERROR)
