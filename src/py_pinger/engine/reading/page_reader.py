"""Reads pages of other programs without delaying the loop: large ones on a thread, one after the other.

What reads them is imported with the first page: with its parsers it takes 30 ms and 3 MiB.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from py_pinger.core.model.check import NoResponse, ProbeFailure, Response
from py_pinger.core.model.task import Task
from py_pinger.core.times import ZERO
from py_pinger.engine.runtime.thread_worker import ThreadWorker

if TYPE_CHECKING:
    from py_pinger.core.reading.task_readings import TaskReading

# Bytes of a page, and tasks that read it, up to which no thread is needed: within 10 milliseconds, also for
# the lines of metrics, which take longest.
READ_AT_ONCE: Final = 16_384
TASKS_AT_ONCE: Final = 50

# Bytes of pages that wait for the thread, beyond which no further page is requested.
MOST_UNREAD: Final = 32 * 2**20

# Seconds that the page being read may take when the program ends.
CLOSE_TIMEOUT: Final = 1.0

_NO_THREAD: Final = "this machine cannot start more threads: raise TasksMax= of the service, or ulimit -u"


class PageReader:
    """Reads pages for their tasks. The thread is started with the first large page.

    One thread, since reading is processor time under the interpreter's lock: more would not read faster, and
    the loop would have to wait for each of them.
    """

    def __init__(self) -> None:
        self._worker: ThreadWorker | None = None
        self._unread = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def wait_for_room(self) -> None:
        """Wait until so few bytes are unread that another page may be requested."""
        if self._unread > MOST_UNREAD:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    async def read(self, response: Response, tasks: Sequence[Task]) -> Mapping[str, TaskReading] | NoResponse:
        """Return what a page says about each task, by URL; a local failure if there is no thread for it."""
        from py_pinger.core.reading.task_readings import read_for_tasks  # noqa: PLC0415 - as the module says

        job = partial(read_for_tasks, response.body, response.headers, tasks)
        if len(response.body) <= READ_AT_ONCE and len(tasks) <= TASKS_AT_ONCE:
            return job()
        try:
            self._worker = self._worker or ThreadWorker("pages")
        except RuntimeError:  # raised by Python when the machine cannot start another thread
            return NoResponse(ProbeFailure.LOCAL, _NO_THREAD, ZERO)
        self._unread += len(response.body)
        try:
            return await self._worker.do(job)
        finally:
            self._unread -= len(response.body)
            self._let_in()

    def _let_in(self) -> None:
        """Let the next page be requested, and all others if no page is left to read."""
        places = 1 if self._unread else len(self._waiting)
        while places and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                places -= 1

    async def close(self) -> None:
        """End the thread after the page that it reads."""
        if self._worker:
            await self._worker.stop(CLOSE_TIMEOUT)
