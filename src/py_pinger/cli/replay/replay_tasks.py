"""Replays the stored history of the tasks with other settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from py_pinger.cli.replay.replayed_settings import (
    NOWHERE,
    ReplayedSettings,
    has_other_times,
    is_stricter,
    when_stated,
)
from py_pinger.config import Settings
from py_pinger.core.model.task import Task
from py_pinger.core.notification.route import Route
from py_pinger.core.replay.comparison import Comparison, ReplayedAlert, alerts, compare
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.suppression.dependency import descendants
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import DAY, ZERO
from py_pinger.store.external import ReadOnlyStore

# The settings that a replay takes into account. The history does not show the effect of the others.
REPLAYED = ("interval", "error_interval", "grace", "remind", "patience", "parents")

# The same of what is expected of the report. Frequency, schedule and sleep are taken into account.
_NOT_REPLAYED = ("page", "runtime", "least_runtime", "short_run_is_error")

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
    `channels` are the numbers of notices that each channel gets, before and after; `other_hours` are those
    with other hours, which are ignored.
    """

    since: datetime
    tasks: tuple[TaskReplay, ...]
    unknown: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    not_replayed: Mapping[str, int]
    channels: Mapping[str, tuple[int, int]]
    other_hours: tuple[str, ...]

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
        """Whether the new settings cause other alerts, or send them to others."""
        moved = any(before != after for before, after in self.channels.values())
        return moved or any(each.comparison.differs for each in self.tasks)

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
    store: ReadOnlyStore, before: Settings, after: Settings, since: datetime, pattern: str
) -> ReplayReport:
    """Replay the history since a moment of the tasks that match a pattern.

    With the old settings `before` and the new ones `after`. Raises StoreError if the history cannot be read.
    """
    old, new = _matching(before.tasks, pattern), _matching(after.tasks, pattern)
    tasks = old | new
    all_old, all_new = ({task.url: task for task in each.tasks} for each in (before, after))
    # The parents of a task decide about its notices, whether they match or not.
    urls = {*_with_parents(all_old, old), *_with_parents(all_new, new)}
    margin = _margin(all_old, all_new)
    pasts = {url: past for url, past in store.task_histories(urls, since, margin).items() if past.spans}
    silences = store.past_silences(min((past.begin for past in pasts.values()), default=since))
    was = ReplayedSettings(before, all_old, pasts, silences, since)
    will = ReplayedSettings(after, all_new | all_old, pasts, silences, since)
    changed = [_changed(old[url], new[url]) for url in old if url in new]
    return ReplayReport(
        since=since,
        tasks=tuple(_replayed(pasts[url], tasks[url].name, was, will) for url in tasks if url in pasts),
        unknown=tuple(url for url in tasks if url not in pasts),
        added=tuple(url for url in new if url not in old),
        removed=tuple(url for url in old if url not in new),
        not_replayed=Counter(key for keys in changed for key in keys if key not in REPLAYED),
        channels=_channels(tasks, was, will),
        other_hours=tuple(_with_other_hours(before, after)),
    )


def _matching(tasks: Sequence[Task], pattern: str) -> dict[str, Task]:
    return {task.url: task for task in tasks if matches(pattern, (task.url, task.name))}


def _margin(old: Mapping[str, Task], new: Mapping[str, Task]) -> timedelta | None:
    """Return how much earlier than before tasks can be late at most; None if not earlier."""
    both = [(old[url], new[url]) for url in old if url in new]
    if any(has_other_times(*pair) for pair in both):
        return _ALL_RUNS
    earlier = [before.grace - after.grace for before, after in both if is_stricter(before, after)]
    if not earlier:
        return None
    # A task may have slept through most of a day, which then no longer counts as sleep.
    return max(earlier) + DAY if max(earlier) > ZERO else ZERO


def _with_other_hours(before: Settings, after: Settings) -> Iterator[str]:
    old, new = ({route.channel: route.hours for route in _routes(each)} for each in (before, after))
    yield from (name for name, hours in new.items() if old.get(name) != hours)


def _routes(settings: Settings) -> Iterator[Route]:
    for channel in settings.channels:
        yield from channel.routes()


def _changed(old: Task, new: Task) -> Iterator[str]:
    names = (field.name for field in fields(Task) if field.name not in _NAMES)
    yield from (name for name in names if getattr(old, name) != getattr(new, name))
    before, after = old.expectations, new.expectations
    yield from (name for name in _NOT_REPLAYED if getattr(before, name) != getattr(after, name))
    if when_stated(before) != when_stated(after) == NOWHERE:
        yield "schedule" if before.schedule else "frequency"


def _replayed(
    past: TaskHistory, name: str | None, was: ReplayedSettings, will: ReplayedSettings
) -> TaskReplay:
    before, after = was.alerts(past.url), will.alerts(past.url)
    sent = alerts(past.notices, was.since)
    return TaskReplay(past.url, name, compare(before, after), sent, compare(sent, before))


def _with_parents(tasks: Mapping[str, Task], urls: Iterable[str]) -> Iterator[str]:
    """Yield these URLs, and those of all tasks that they depend on, directly or not."""
    parents = {url: task.parents for url, task in tasks.items()}
    for url in urls:
        yield url
        yield from descendants(url, parents)


def _channels(
    urls: Iterable[str], was: ReplayedSettings, will: ReplayedSettings
) -> dict[str, tuple[int, int]]:
    """Return how many notices about these tasks each channel gets, before and after."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for url in urls:
        before.update(was.received(url))
        after.update(will.received(url))
    names = dict.fromkeys((*was.channels, *will.channels))
    return {name: (before[name], after[name]) for name in names}
