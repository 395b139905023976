"""Runs a task of each kind with `report`, and prints what their pages say; started on each Python.

It is a program and not a test, because pytest is not there for all of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

from pinger_report import asgi, report, wsgi

FOLDER = Path(os.environ["PINGER_REPORTS"])


@report("plain", frequency=5, runtime=1.5)
def plain(value: int) -> int:
    """Return a value."""
    return value


@report("coroutine")
async def coroutine() -> None:
    """Wait for a moment."""
    await asyncio.sleep(0)


@report("cancelled")
async def cancelled() -> None:
    """Wait until cancelled."""
    await asyncio.sleep(60)


@report("generator")
def generator() -> Iterator[int]:
    """Yield once."""
    yield 1


@report("asynchronous generator")
async def asynchronous_generator() -> AsyncIterator[int]:
    """Yield once."""
    yield 1


def by_with(name: str, error: BaseException | None = None) -> None:
    """Run a task that an exception may leave."""
    with suppress(BaseException), report(name) as run:
        run.reason = "a reason"
        if error:
            raise error


async def in_a_loop() -> None:
    """Run the tasks that need an event loop."""
    await asyncio.gather(coroutine(), coroutine())
    async for _ in asynchronous_generator():
        pass
    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Run everything, and print the status and the reason of each task."""
    plain(1)
    list(generator())
    threads = [threading.Thread(target=by_with, args=("threads",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_with("value error", ValueError("no rows\nat all"))
    by_with("exit 0", SystemExit(0))
    by_with("exit 2", SystemExit(2))
    by_with("interrupted", KeyboardInterrupt())
    asyncio.run(in_a_loop())
    started: list[tuple[object, ...]] = []
    body = wsgi(FOLDER)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *given: started.append(given))
    tasks = json.loads(b"".join(body))["tasks"]
    assert callable(asgi(FOLDER))
    assert started[0][0] == "200 OK"
    print(json.dumps({task["slug"]: [task["status"], task.get("reason")] for task in tasks}))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
