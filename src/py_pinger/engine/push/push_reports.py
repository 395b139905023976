"""What the pushes of each task say together, and the logs of failed runs; belongs to the loop."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from py_pinger.core.model.check import InvalidReport, TaskReport
from py_pinger.core.model.push import PushState, PushWrite
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.push.log_text import tail_of
from py_pinger.core.push.stored_report import stored_report

# Lines of a log that a message shows.
LOG_LINES: Final = 10


@dataclass(frozen=True, slots=True)
class _KnownReport:
    """What pushes say together, with what that follows from."""

    state: PushState
    expectations: Expectations
    report: TaskReport | InvalidReport


class PushReports:
    """The same report is the same object as long as nothing has arrived; `note` may have another thread."""

    def __init__(self) -> None:
        self._known: dict[str, _KnownReport] = {}
        # Of tasks whose last run failed, for messages.
        self._logs: dict[str, tuple[str, ...]] = {}

    def report(self, task: Task, state: PushState) -> TaskReport | InvalidReport:
        """Return what the pushes of a task say together, of which this is kept."""
        known = self._known.get(task.url)
        if known is None or known.state is not state or known.expectations != task.expectations:
            known = _KnownReport(state, task.expectations, stored_report(state, task.expectations))
            self._known[task.url] = known
        return known.report

    def log(self, task: Task) -> tuple[str, ...]:
        """Return the last lines of the log of a task whose last run failed."""
        return self._logs.get(task.url, ())

    def note(self, write: PushWrite) -> None:
        """Keep the log of a run that has failed, and drop that of one before it."""
        if write.run and write.log and not write.run.healthy:
            self._logs[write.url] = tail_of(write.log, lines=LOG_LINES)
        elif write.run:
            self._logs.pop(write.url, None)

    def keep_only(self, urls: Container[str]) -> None:
        """Forget the tasks that are not among these."""
        self._known = {url: each for url, each in self._known.items() if url in urls}
        # In place: `note` may have another thread.
        for url in [*self._logs]:
            if url not in urls:
                self._logs.pop(url, None)
