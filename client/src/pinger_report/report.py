"""`report`: a context manager and a decorator for the runs of a task."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import Any, Callable, TypeVar

from pinger_report.destination import Destination, destination_of
from pinger_report.run import Run
from pinger_report.task import Task
from pinger_report.warn import guarded

_Function = TypeVar("_Function", bound=Callable[..., Any])


def report(  # noqa: PLR0913 - keyword-only, and each is a key of the contract
    name: str,
    *,
    frequency: float | None = None,
    schedule: str | None = None,
    timezone: str | None = None,
    runtime: float | None = None,
    sleep: Sequence[Mapping[str, object]] | None = None,
    process: str | None = None,
    server: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    push: str | None = None,
) -> Report:
    """Return a context manager, which is a decorator too, that reports the runs of a task.

    `frequency` is in minutes; or `schedule`, a cron expression, with its `timezone`. `runtime` is how many
    minutes a run may take. `folder` and `push` replace PINGER_REPORTS and PINGER_PUSH.
    """
    task = Task(str(name), frequency, schedule, timezone, runtime, sleep, process, server)
    return Report(task, folder, push)


class Report:
    """The runs of a task. Each `with` and each call is a run, however many are under way at once."""

    def __init__(self, task: Task, folder: str | os.PathLike[str] | None, push: str | None) -> None:
        self._task = task
        self._folder = folder
        self._push = push
        self._lock = Lock()
        # Runs under way by `with`, each with the frame that has the statement. A generator or a coroutine too
        # leaves its `with` in the frame in which it entered it, in any thread.
        self._open: list[tuple[int, Run]] = []

    def __enter__(self) -> Run:
        run = self._run()
        run.begin()
        with self._lock:
            self._open.append((id(sys._getframe(1)), run))  # noqa: SLF001 - as inspect does
        return run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        run = self._closed(id(sys._getframe(1)))  # noqa: SLF001 - as inspect does
        if run:
            run.leave(error)

    def __call__(self, function: _Function) -> _Function:
        """Return a function that reports each of its calls, and is of the same kind."""
        from pinger_report.wrapping import wrapped  # noqa: PLC0415 - a start of `pinger exec` saves its time

        return wrapped(self._run, function)

    def _run(self) -> Run:
        where = Destination()
        with guarded(f"report {self._task.name}"):
            where = destination_of(self._task.slug, self._folder, self._push)
        return Run(self._task, where)

    def _closed(self, frame: int) -> Run | None:
        """Return the run that ends: the innermost of this frame; of any, if an ExitStack entered it."""
        with self._lock:
            ours = [entry for entry in self._open if entry[0] == frame] or self._open
            if not ours:
                return None
            entry = ours[-1]
            self._open.remove(entry)
            return entry[1]
