"""A separate thread for blocking work, awaited by the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class ThreadWorker:
    """Does blocking jobs one after the other on one thread.

    The thread is a daemon: unlike an executor's, a job that hangs in it cannot keep the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def do(self, job: Callable[[], _Result]) -> _Result:
        """Return what the job returns, or raise what it raises."""
        done: Future[_Result] = Future()
        self._jobs.put((job, done))
        return await asyncio.wrap_future(done)

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109 - the caller shares out the time for a stop
        """End the thread after the jobs it has; wait for that at most `timeout` seconds."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, timeout)

    def _work(self) -> None:
        while order := self._jobs.get():
            job, done = order
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(job())
            except Exception as error:  # noqa: BLE001 - the caller that awaits the job gets it
                done.set_exception(error)
            except BaseException as error:  # noqa: BLE001 - a panic in compiled code must not end a loop
                done.set_exception(RuntimeError(repr(error)))
