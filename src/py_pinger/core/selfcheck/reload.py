"""Notices and warnings about configuration reloads, and when changed files are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from py_pinger.core.model.health import HealthWarning, WarningKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.model.task import TaskListDiff
from py_pinger.core.text.formatting import count, time_of_day, time_range

TOPIC = "configuration"

# Removed tasks that a notice names: few, since a digest with several notices has limited space.
MAX_NAMES = 5

_REJECTED = "The configuration reload failed; the previous configuration is still used."


def warning(problems: Sequence[str], since: datetime) -> HealthWarning:
    """Return the warning about a configuration that was rejected."""
    whole = " ".join(problems).removesuffix(".")
    return HealthWarning(
        WarningKind.RELOAD_REJECTED,
        f"configuration reload failed at {time_of_day(since)}, still using the previous one: {whole}",
    )


def rejected(problems: Sequence[str], now: datetime) -> Notice:
    """Return the notice about a rejected configuration, with all its problems."""
    return Notice(
        NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=now, text=_REJECTED, warnings=tuple(problems)
    )


def applied(since: datetime, now: datetime) -> Notice:
    """Return the notice that the configuration is valid again."""
    text = f"The configuration reload succeeded; reloads failed from {time_range(since, now)}."
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=since, text=text)


def nothing_left(before: int) -> str:
    """Return the problem of a configuration without tasks, after one with so many."""
    return (
        f"[urls]: no task is left of {count(before, 'task')}, as if the file were empty or cut off;"
        " write the tasks again, or stop Py Pinger to monitor nothing."
    )


def is_drastic(change: TaskListDiff) -> bool:
    """Return True if more than half of the tasks are removed.

    People should know, in case of a mistake.
    """
    return 2 * len(change.removed) > _before(change)


def tasks_removed(change: TaskListDiff, now: datetime) -> Notice:
    """Return the notice about removed tasks, with the first of their names."""
    removed = len(change.removed)
    text = f"The configuration was changed: {removed:,} of {count(_before(change), 'task')} removed."
    names = [task.name or task.url for task in change.removed[:MAX_NAMES]]
    if removed > MAX_NAMES:
        names.append(f"and {removed - MAX_NAMES:,} more")
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=now, text=text, warnings=tuple(names))


def channel_removed(name: str, undelivered: int, now: datetime) -> Notice:
    """Return the notice about a removed channel and what is never delivered to it."""
    text = (
        f"The configuration was changed: {name} removed, {count(undelivered, 'undelivered notice')} given up."
    )
    return Notice(NoticeKind.SELF_PROBLEM, now, topic=f"{TOPIC} {name}", opened=now, text=text)


def _before(change: TaskListDiff) -> int:
    return len(change.tasks) - len(change.added) + len(change.removed)


def at_next_start(keys: Sequence[str]) -> HealthWarning:
    """Return the warning about changed settings that only a restart can apply."""
    *others, last = keys
    names = f"{', '.join(others)} and {last}" if others else last
    verb = "take" if others else "takes"
    return HealthWarning(WarningKind.RESTART_NEEDED, f"[main] {names} {verb} effect at the next start")


# Seconds without a change after which a file counts as completely written.
SETTLED_AFTER = 2.0

# Seconds for which a file may be missing while an editor or a deployment replaces it.
MISSING_AFTER = 5.0

# What distinguishes one state of a file from another, by its path; None for a missing file.
FileStamps = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FileWatch:
    """The last seen stamps of the files, and since when they are the same, in monotonic seconds."""

    stamps: FileStamps
    since: float

    def after(self, stamps: FileStamps, now: float) -> Self:
        """Return the watch after another poll of the files."""
        return self if stamps == self.stamps else type(self)(stamps, now)

    def finished(self, applied: FileStamps, now: float) -> bool:
        """Return True if the files differ from those `applied`, and are completely written."""
        missing = any(stamp is None and applied.get(path) is not None for path, stamp in self.stamps.items())
        return self.stamps != applied and now - self.since >= (MISSING_AFTER if missing else SETTLED_AFTER)
