"""`pinger check --push`: checks pages where they are, and pushes what they said, once or continuously."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from py_pinger.cli.check_once import CheckResult, TaskChecker
from py_pinger.cli.push.report_pusher import ReportPusher
from py_pinger.config import Settings
from py_pinger.core.model.task import Task


async def relay_once(
    settings: Settings, tasks: Sequence[Task], pusher: ReportPusher, on_result: Callable[[], None]
) -> tuple[list[CheckResult], Sequence[str]]:
    """Check tasks and push the results; return them, and why some could not be pushed."""
    checker = TaskChecker(settings)
    try:
        results = await checker.check(tasks, None, on_result)
        return results, await pusher.push(results)
    finally:
        await checker.close()


async def relay_every(
    interval: timedelta,
    settings: Settings,
    tasks: Sequence[Task],
    pusher: ReportPusher,
    say: Callable[[str], None],
) -> None:
    """Check and push at each interval until SIGTERM; say what begins to fail, and what works again."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    checker, before = TaskChecker(settings), frozenset[str]()
    try:
        while not stopped.is_set():
            began = monotonic()
            failures = frozenset(await pusher.push(await checker.check(tasks, None, _ignore)))
            for failure in sorted(failures - before):
                say(failure)
            if before and not failures:
                say("All reports are pushed again.")
            before = failures
            left = interval.total_seconds() - (monotonic() - began)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(left, 0.0)):
                    await stopped.wait()
    finally:
        await checker.close()


def _ignore() -> None:
    """Show no progress."""
