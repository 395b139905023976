"""Tasks as they are shown at a moment; rows are made only of those that a page lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import nlargest

from py_pinger.core.model.check import Status
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import ActiveSilences, SilencedUntil
from py_pinger.core.times import MIN_TIME
from py_pinger.web.tasks.summary import TaskCounts
from py_pinger.web.tasks.urgency import STATUSES, URGENCIES, Level, Urgency
from py_pinger.web.view.task_row import TaskRow, row

_PENDING = URGENCIES[Level.CALM][Status.PENDING]


@dataclass(frozen=True, slots=True)
class ShownTasks:
    """Tasks as of `now` in the order of the configuration, each with its urgency and its server.

    Methods mean a task by its place in that order: to read something of all of 100,000 tasks takes 0.1 s,
    since they are spread over the memory. `silenced` says until when those that are silenced are, by URL. The
    urgencies hold after `since` and up to `until`: then tasks may become unknown.
    """

    tasks: Sequence[TaskSnapshot]
    now: datetime
    silences: ActiveSilences
    silenced: Mapping[str, SilencedUntil]
    urgencies: Sequence[Urgency]
    servers: Sequence[str | None]
    since: datetime
    until: datetime

    def holds(self, now: datetime) -> bool:
        """Return True if time alone has not changed a status."""
        return self.since < now <= self.until

    def row(self, task: TaskSnapshot) -> TaskRow:
        """Return the row of one of the tasks."""
        return row(task, self.now, self.silences)

    def counts(self) -> TaskCounts:
        """Return the numbers of the tasks."""
        numbers = Counter(self.urgencies)
        return TaskCounts(
            numbers,
            acknowledged=sum(map(self.is_acknowledged, self.at(Level.SUPPRESSED))),
            silenced=len(self.silenced),
            unchecked=self._count_unchecked() if _PENDING in numbers else 0,
            in_incident=any(self.tasks[place].state.incident for place in self.at(Level.ATTENTION)),
        )

    def at(self, level: Level) -> Iterator[int]:
        """Yield the tasks at a level."""
        return (place for place, urgency in enumerate(self.urgencies) if urgency.level is level)

    def number_at(self, level: Level) -> int:
        """Return the number of tasks at a level."""
        return sum(1 for _ in self.at(level))

    def by_urgency(self) -> Iterator[tuple[Urgency, Sequence[int]]]:
        """Yield each urgency that a task has and its tasks, the most urgent first."""
        found: dict[Urgency, list[int]] = {urgency: [] for urgency in sorted(set(self.urgencies))}
        for place, urgency in enumerate(self.urgencies):
            found[urgency].append(place)
        yield from found.items()

    def newest(self, level: Level, most: int) -> list[int]:
        """Return the first tasks at a level, the most urgent status first, then those that began last."""
        found: list[int] = []
        failing = list(self.at(level))
        for status in STATUSES:
            places = [place for place in failing if self.urgencies[place].status is status]
            found += nlargest(most - len(found), places, key=self._began)
        return found

    def only(self, places: Sequence[int]) -> ShownTasks:
        """Return some of the tasks."""
        tasks = [self.tasks[place] for place in places]
        return replace(
            self,
            tasks=tasks,
            silenced={task.url: self.silenced[task.url] for task in tasks if task.url in self.silenced},
            urgencies=[self.urgencies[place] for place in places],
            servers=[self.servers[place] for place in places],
        )

    def titles(self, urls: Collection[str]) -> dict[str, str]:
        """Return the titles of those of the tasks that have one of these URLs."""
        return {task.url: title_of(task) for task in self._having(urls)}

    def zones(self, urls: Collection[str]) -> dict[str, str]:
        """Return the time zones of the schedules of those of the tasks that have one of these URLs."""
        found = ((task.url, task.state.verdict.schedule) for task in self._having(urls))
        return {url: schedule.zone for url, schedule in found if schedule}

    def is_acknowledged(self, place: int) -> bool:
        """Return True if the open incident of a task is acknowledged."""
        task = self.tasks[place]
        return self.silences.acknowledgement(task.url, task.state.incident) is not None

    def _count_unchecked(self) -> int:
        pairs = zip(self.tasks, self.urgencies, strict=True)
        return sum(task.state.checked_at is None for task, urgency in pairs if urgency is _PENDING)

    def _having(self, urls: Collection[str]) -> Iterable[TaskSnapshot]:
        return (task for task in self.tasks if task.url in urls) if urls else ()

    def _began(self, place: int) -> datetime:
        """Return when a failing task began to fail."""
        state = self.tasks[place].state
        return (state.incident.opened if state.incident else state.since) or MIN_TIME


def title_of(task: TaskSnapshot) -> str:
    """Return the name of a task, else its process, else its URL."""
    return task.name or task.state.verdict.process or task.url
