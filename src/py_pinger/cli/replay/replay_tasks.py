"""Replays the stored history of the tasks with other settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from py_pinger.core.evaluation.report import NO_EXPECTATIONS
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.replay.comparison import Comparison, ReplayedAlert, alerts, compare
from py_pinger.core.replay.reconstruction import reconstruct
from py_pinger.core.replay.replay import replay
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import DAY, ZERO
from py_pinger.store.external import ReadOnlyStore

# The settings that a replay takes into account. The history does not show the effect of the others.
REPLAYED = ("interval", "error_interval", "grace", "remind")

# The same of what is expected of the report. Frequency, schedule and sleep are taken into account.
_NOT_REPLAYED = ("page", "runtime", "least_runtime", "short_run_is_error")

# The frequency and the schedule of a task whose page states when it runs.
_NOWHERE = (None, None)

# Longer before its deadline than any run: all runs.
_ALL_RUNS = 36_525 * DAY

# Differences in these do not change notifications.
_NAMES = frozenset({"url", "address", "name", "expectations"})


@dataclass(frozen=True, slots=True)
class TaskReplay:
    """The alerts of a task with the old settings and with the new ones, compared.

    `sent` are the alerts that were really sent, and `fit` compares them with those of the old settings.
    """

    url: str
    name: str | None
    comparison: Comparison
    sent: tuple[ReplayedAlert, ...]
    fit: Comparison


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """A replay of all tasks since a moment; the `unknown` ones have no history.

    `not_replayed` are the numbers of tasks with differences in settings that a replay ignores, by key.
    """

    since: datetime
    tasks: tuple[TaskReplay, ...]
    unknown: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    not_replayed: Mapping[str, int]

    @property
    def before(self) -> tuple[ReplayedAlert, ...]:
        """All alerts with the old settings."""
        return tuple(alert for each in self.tasks for alert in each.comparison.before)

    @property
    def after(self) -> tuple[ReplayedAlert, ...]:
        """All alerts with the new settings."""
        return tuple(alert for each in self.tasks for alert in each.comparison.after)

    @property
    def differs(self) -> bool:
        """Whether the new settings cause other alerts."""
        return any(each.comparison.differs for each in self.tasks)

    @property
    def sent(self) -> int:
        """The number of alerts that were really sent."""
        return sum(len(each.sent) for each in self.tasks)

    @property
    def found(self) -> int:
        """The number of those that the old settings reproduce."""
        return sum(len(each.fit.pairs) for each in self.tasks)

    @property
    def surplus(self) -> int:
        """The number of other alerts with the old settings."""
        return sum(len(each.fit.more) for each in self.tasks)


def replay_tasks(
    store: ReadOnlyStore, before: Sequence[Task], after: Sequence[Task], since: datetime, pattern: str
) -> ReplayReport:
    """Replay the history since a moment of the tasks that match a pattern.

    `before` are the tasks with the old settings, `after` with the new ones. Raises StoreError if the history
    cannot be read.
    """
    old, new = _matching(before, pattern), _matching(after, pattern)
    tasks = old | new
    known = store.task_histories(tasks.keys(), since, _margin(old, new))
    pasts = [known[url] for url in tasks if url in known and known[url].spans]
    changed = [_changed(old[url], new[url]) for url in old if url in new]
    return ReplayReport(
        since=since,
        tasks=tuple(
            _replayed(past, tasks[past.url].name, old.get(past.url), new.get(past.url), since)
            for past in pasts
        ),
        unknown=tuple(url for url in tasks if url not in known or not known[url].spans),
        added=tuple(url for url in new if url not in old),
        removed=tuple(url for url in old if url not in new),
        not_replayed=Counter(key for keys in changed for key in keys if key not in REPLAYED),
    )


def _matching(tasks: Sequence[Task], pattern: str) -> dict[str, Task]:
    return {task.url: task for task in tasks if matches(pattern, (task.url, task.name))}


def _margin(old: Mapping[str, Task], new: Mapping[str, Task]) -> timedelta | None:
    """Return how much earlier than before tasks can be late at most; None if not earlier."""
    both = [(old[url], new[url]) for url in old if url in new]
    if any(_other_times(*pair) for pair in both):
        return _ALL_RUNS
    earlier = [before.grace - after.grace for before, after in both if _stricter(before, after)]
    if not earlier:
        return None
    # A task may have slept through most of a day, which then no longer counts as sleep.
    return max(earlier) + DAY if max(earlier) > ZERO else ZERO


def _stricter(old: Task, new: Task) -> bool:
    """Return True if the new settings find more than the old ones.

    By more checks, or by less grace. At other times for runs or sleep it cannot be excluded.
    """
    return new.interval < old.interval or new.grace < old.grace or _other_times(old, new)


def _other_times(old: Task, new: Task) -> bool:
    """Return True if a task has to run or may sleep at other times."""
    before, after = old.expectations, new.expectations
    return before.sleep != after.sleep or _when(after) not in (_when(before), _NOWHERE)


def _when(expectations: Expectations) -> tuple[timedelta | None, Schedule | None]:
    return expectations.frequency, expectations.schedule


def _changed(old: Task, new: Task) -> Iterator[str]:
    names = (field.name for field in fields(Task) if field.name not in _NAMES)
    yield from (name for name in names if getattr(old, name) != getattr(new, name))
    before, after = old.expectations, new.expectations
    yield from (name for name in _NOT_REPLAYED if getattr(before, name) != getattr(after, name))
    if _when(before) != _when(after) == _NOWHERE:
        yield "schedule" if before.schedule else "frequency"


def _replayed(
    past: TaskHistory, name: str | None, old: Task | None, new: Task | None, since: datetime
) -> TaskReplay:
    before = _alerts(past, old, old, since)
    after = before if old == new else _alerts(past, old or new, new, since)
    sent = alerts(past.notices, since)
    return TaskReplay(past.url, name, compare(before, after), sent, compare(sent, before))


def _alerts(
    past: TaskHistory, watched: Task | None, task: Task | None, since: datetime
) -> tuple[ReplayedAlert, ...]:
    if watched is None or task is None:
        return ()
    timeline = reconstruct(past, watched, stricter=_stricter(watched, task))
    restated = _when(watched.expectations) != _when(task.expectations)
    when = task.expectations if restated else NO_EXPECTATIONS
    return alerts(replay(timeline, task, when), since)
