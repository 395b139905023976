"""What one of the two settings would have made of the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from py_pinger.config import Settings
from py_pinger.core.evaluation.report import NO_EXPECTATIONS
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.replay.comparison import ReplayedAlert, alerts
from py_pinger.core.replay.conditions import Conditions, failing_periods, inhibited, received
from py_pinger.core.replay.periods import Periods, occurrences
from py_pinger.core.replay.reconstruction import reconstruct
from py_pinger.core.replay.replay import replay
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.suppression.maintenance import Occurrence
from py_pinger.core.suppression.silence import Silence, TaskLabels

# The frequency and the schedule of a task whose page states when it runs.
NOWHERE = (None, None)


@dataclass(frozen=True, slots=True)
class _Replayed:
    """What became of a task: its notices, and when it failed."""

    notices: tuple[Notice, ...] = ()
    failing: tuple[Occurrence, ...] = ()


class ReplayedSettings:
    """Replays tasks with some settings, each when it is needed first; their parents before them.

    `watched` are the tasks with the settings under which they were monitored, where these are known.
    """

    def __init__(
        self,
        settings: Settings,
        watched: Mapping[str, Task],
        pasts: Mapping[str, TaskHistory],
        silences: Sequence[Silence],
        since: datetime,
    ) -> None:
        self.since = since
        self._tasks = {task.url: task for task in settings.tasks}
        self._routes = tuple(route for channel in settings.channels for route in channel.routes())
        self._windows = settings.windows()
        self._watched = watched
        self._pasts = pasts
        self._silences = silences
        self._replayed: dict[str, _Replayed] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels, without the log."""
        return tuple(route.channel for route in self._routes)

    def alerts(self, url: str) -> tuple[ReplayedAlert, ...]:
        """Return the alerts about a task; none if these settings do not have it."""
        return alerts(self._of(url).notices, self.since)

    def received(self, url: str) -> Counter[str]:
        """Return how many notices about a task each channel gets."""
        return received(self._of(url).notices, self._routes, self.since)

    def _of(self, url: str) -> _Replayed:
        if url not in self._replayed:
            task, past = self._tasks.get(url), self._pasts.get(url)
            self._replayed[url] = self._replay(task, past) if task and past else _Replayed()
        return self._replayed[url]

    def _replay(self, task: Task, past: TaskHistory) -> _Replayed:
        watched = self._watched[task.url]
        timeline = reconstruct(past, watched, stricter=is_stricter(watched, task))
        restated = when_stated(watched.expectations) != when_stated(task.expectations)
        when, conditions = task.expectations if restated else NO_EXPECTATIONS, self._conditions(task, past)
        steps = replay(timeline, task, when, conditions)
        notices = tuple(conditions.labelled(notice) for step in steps for notice in step.notices)
        return _Replayed(notices, tuple(failing_periods(steps)))

    def _conditions(self, task: Task, past: TaskHistory) -> Conditions:
        verdict = past.state.verdict
        labels = TaskLabels(task.url, task.name, verdict.process, verdict.server)
        failing = [period for parent in task.parents for period in self._of(parent).failing]
        return Conditions(
            labels,
            self._routes,
            Periods.joined(self._silenced(labels, past)),
            Periods.joined(inhibited(failing, task.interval)),
        )

    def _silenced(self, labels: TaskLabels, past: TaskHistory) -> Iterator[Occurrence]:
        for silence in self._silences:
            if silence.matches(labels.all()):
                yield Occurrence(silence.began, min(silence.ends, silence.lifted or silence.ends))
        for window in self._windows:
            if window.matches(labels.url, labels.name, labels.server):
                yield from occurrences(window, past.begin, past.last_check)
        yield from (Occurrence(period.start, period.end) for period in past.acknowledged)


def is_stricter(old: Task, new: Task) -> bool:
    """Return True if the new settings find more than the old ones.

    By more checks, or by less grace. At other times for runs or sleep it cannot be excluded.
    """
    return new.interval < old.interval or new.grace < old.grace or has_other_times(old, new)


def has_other_times(old: Task, new: Task) -> bool:
    """Return True if a task has to run or may sleep at other times."""
    before, after = old.expectations, new.expectations
    return before.sleep != after.sleep or when_stated(after) not in (when_stated(before), NOWHERE)


def when_stated(expectations: Expectations) -> tuple[timedelta | None, Schedule | None]:
    """Return how often or when a task has to run, as the settings say."""
    return expectations.frequency, expectations.schedule
