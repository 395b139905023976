"""Tasks as they are shown at a moment; rows are made only of those that a page lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import nlargest
from itertools import compress, count, groupby
from operator import attrgetter
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.web.tasks.summary import TaskCounts
from py_pinger.web.tasks.urgency import MARKS, URGENCIES, Level, Mark, Urgency
from py_pinger.web.view.task_row import TaskRow, row

_PENDING: Final = URGENCIES[Level.CALM][Status.PENDING]
_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class ShownTasks:
    """Tasks as of `now` in the order of the configuration, each with its mark, its server and its beginning.

    Methods mean a task by its place in that order: to read something of all of 100,000 tasks takes 0.1 s,
    since they are spread over the memory. `marks` has the places of their marks in `MARKS`, `began` since
    when those that fail do.
    """

    tasks: Sequence[TaskSnapshot]
    now: datetime
    silences: ActiveSilences
    marks: bytes
    servers: Sequence[str | None]
    began: Sequence[datetime]

    def row(self, task: TaskSnapshot) -> TaskRow:
        """Return the row of one of the tasks."""
        return row(task, self.now, self.silences)

    def counts(self) -> TaskCounts:
        """Return the numbers of the tasks."""
        numbers: dict[Urgency, int] = {}
        for mark, number in self._numbers():
            numbers[mark.urgency] = numbers.get(mark.urgency, 0) + number
        return TaskCounts(
            numbers,
            acknowledged=sum(number for mark, number in self._numbers() if mark.acknowledged),
            silenced=sum(number for mark, number in self._numbers() if mark.silenced),
            unchecked=sum(self.tasks[place].state.checked_at is None for place in self.having(_is_pending)),
            in_incident=any(self.tasks[place].state.incident for place in self.at(Level.ATTENTION)),
        )

    def having(self, wanted: Callable[[Mark], bool]) -> Iterator[int]:
        """Yield the tasks whose mark is a wanted one."""
        table = bytes(map(wanted, MARKS)).ljust(_BYTES, b"\0")
        return compress(count(), self.marks.translate(table))

    def at(self, level: Level) -> Iterator[int]:
        """Yield the tasks at a level."""
        return self.having(lambda mark: mark.urgency.level is level)

    def number_at(self, level: Level) -> int:
        """Return the number of tasks at a level."""
        return sum(number for mark, number in self._numbers() if mark.urgency.level is level)

    def most_urgent_first(self, wanted: Callable[[Mark], bool]) -> list[int]:
        """Return the tasks whose mark is a wanted one, those of the same urgency in their order."""
        marks = (mark for mark, _ in self._numbers() if wanted(mark))
        alike = (frozenset(some) for _, some in groupby(marks, attrgetter("urgency")))
        return [place for some in alike for place in self.having(some.__contains__)]

    def newest(self, level: Level, most: int) -> list[int]:
        """Return the first tasks at a level, the most urgent status first, then those that began last."""
        found: list[int] = []
        marks = (mark for mark, _ in self._numbers() if mark.urgency.level is level)
        for _, some in groupby(marks, attrgetter("urgency")):
            places = self.having(frozenset(some).__contains__)
            found += nlargest(most - len(found), places, key=self.began.__getitem__)
        return found

    def only(self, places: Sequence[int]) -> ShownTasks:
        """Return some of the tasks."""
        return replace(
            self,
            tasks=[self.tasks[place] for place in places],
            marks=bytes(self.marks[place] for place in places),
            servers=[self.servers[place] for place in places],
            began=[self.began[place] for place in places],
        )

    def titles(self, urls: Collection[str]) -> dict[str, str]:
        """Return the titles of those of the tasks that have one of these URLs."""
        return {task.url: title_of(task) for task in self._having(urls)}

    def zones(self, urls: Collection[str]) -> dict[str, str]:
        """Return the time zones of the schedules of those of the tasks that have one of these URLs."""
        found = ((task.url, task.state.verdict.schedule) for task in self._having(urls))
        return {url: schedule.zone for url, schedule in found if schedule}

    def _numbers(self) -> Iterator[tuple[Mark, int]]:
        """Yield each mark that a task has, and how many have it."""
        numbers = map(self.marks.count, range(len(MARKS)))
        return ((mark, number) for mark, number in zip(MARKS, numbers, strict=True) if number)

    def _having(self, urls: Collection[str]) -> Iterable[TaskSnapshot]:
        return (task for task in self.tasks if task.url in urls) if urls else ()


def _is_pending(mark: Mark) -> bool:
    return mark.urgency is _PENDING


def title_of(task: TaskSnapshot) -> str:
    """Return the name of a task, else its process, else its URL."""
    return task.name or task.state.verdict.process or task.url
