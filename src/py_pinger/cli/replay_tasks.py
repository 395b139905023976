"""What other settings would have done with what is remembered of the tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from py_pinger.core.model.task import Task
from py_pinger.core.replay.comparison import Comparison, ReplayedAlert, alerts, compare
from py_pinger.core.replay.reconstruction import reconstruct
from py_pinger.core.replay.replay import replay
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import DAY, ZERO
from py_pinger.store import ReadOnlyStore

# What a replay goes by. Of all else that holds for a task history does not tell what it would have led to.
REPLAYED = ("interval", "error_interval", "grace", "remind")

# Differences in these change nothing about what people are told of.
_NAMES = frozenset({"url", "address", "name"})


@dataclass(frozen=True, slots=True)
class TaskReplay:
    """What a task's history comes to under the settings it had and those it is to have.

    `told` is what people were told in fact, and `fit` how that compares with the settings it had.
    """

    url: str
    name: str | None
    comparison: Comparison
    told: tuple[ReplayedAlert, ...]
    fit: Comparison


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """A replay of all tasks since a moment; of the `unknown` ones there is no history.

    `not_replayed` counts, by their names, the differences of which history does not tell what they lead to.
    """

    since: datetime
    tasks: tuple[TaskReplay, ...]
    unknown: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    not_replayed: Mapping[str, int]

    @property
    def before(self) -> tuple[ReplayedAlert, ...]:
        """All alerts under the settings that the tasks had."""
        return tuple(alert for each in self.tasks for alert in each.comparison.before)

    @property
    def after(self) -> tuple[ReplayedAlert, ...]:
        """All alerts under the settings that the tasks are to have."""
        return tuple(alert for each in self.tasks for alert in each.comparison.after)

    @property
    def differs(self) -> bool:
        """Whether people would notice anything."""
        return any(each.comparison.differs for each in self.tasks)

    @property
    def told(self) -> int:
        """How many alerts people were told of in fact."""
        return sum(len(each.told) for each in self.tasks)

    @property
    def found(self) -> int:
        """How many of them are found again under the settings that the tasks had."""
        return sum(len(each.fit.pairs) for each in self.tasks)

    @property
    def surplus(self) -> int:
        """How many others are found under them."""
        return sum(len(each.fit.more) for each in self.tasks)


def replay_tasks(
    archive: ReadOnlyStore, before: Sequence[Task], after: Sequence[Task], since: datetime, pattern: str
) -> ReplayReport:
    """Replay the history since a moment of the tasks that a pattern means.

    `before` is how they were watched, `after` how they are to be. Raises StoreError if the history cannot
    be read.
    """
    old, new = _meant(before, pattern), _meant(after, pattern)
    tasks = old | new
    known = archive.task_histories(tasks.keys(), since, _margin(old, new))
    pasts = [known[url] for url in tasks if url in known and known[url].spans]
    changed = [_changed(old[url], new[url]) for url in old if url in new]
    return ReplayReport(
        since=since,
        tasks=tuple(
            _rehearsed(past, tasks[past.url].name, old.get(past.url), new.get(past.url), since)
            for past in pasts
        ),
        unknown=tuple(url for url in tasks if url not in known or not known[url].spans),
        added=tuple(url for url in new if url not in old),
        removed=tuple(url for url in old if url not in new),
        not_replayed=Counter(key for keys in changed for key in keys if key not in REPLAYED),
    )


def _meant(tasks: Sequence[Task], pattern: str) -> dict[str, Task]:
    return {task.url: task for task in tasks if matches(pattern, (task.url, task.name))}


def _margin(old: Mapping[str, Task], new: Mapping[str, Task]) -> timedelta | None:
    """Return how much sooner than they were tasks might be late, at the most; None if no sooner."""
    sooner = [old[url].grace - new[url].grace for url in old if url in new and _keen(old[url], new[url])]
    if not sooner:
        return None
    # What a task does not sleep through any more may be most of a day.
    return max(sooner) + DAY if max(sooner) > ZERO else ZERO


def _keen(watched: Task, task: Task) -> bool:
    """Tell whether more would be seen than was: by looking oftener, or by giving less grace."""
    return task.interval < watched.interval or task.grace < watched.grace


def _changed(old: Task, new: Task) -> Iterator[str]:
    names = (field.name for field in fields(Task) if field.name not in _NAMES)
    return (name for name in names if getattr(old, name) != getattr(new, name))


def _rehearsed(
    past: TaskHistory, name: str | None, old: Task | None, new: Task | None, since: datetime
) -> TaskReplay:
    before = _alerts(past, old, old, since)
    after = before if old == new else _alerts(past, old or new, new, since)
    told = alerts(past.told, since)
    return TaskReplay(past.url, name, compare(before, after), told, compare(told, before))


def _alerts(
    past: TaskHistory, watched: Task | None, task: Task | None, since: datetime
) -> tuple[ReplayedAlert, ...]:
    if watched is None or task is None:
        return ()
    return alerts(replay(reconstruct(past, watched, stricter=_keen(watched, task)), task), since)
