"""Notices and warnings about configuration reloads, and when changed files are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from py_pinger.core.model.health import HealthWarning, WarningKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import time_of_day, time_range

TOPIC = "configuration"

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
        """Return the watch after another look at the files."""
        return self if stamps == self.stamps else type(self)(stamps, now)

    def finished(self, applied: FileStamps, now: float) -> bool:
        """Return True if the files differ from those `applied`, and are completely written."""
        missing = any(stamp is None and applied.get(path) is not None for path, stamp in self.stamps.items())
        return self.stamps != applied and now - self.since >= (MISSING_AFTER if missing else SETTLED_AFTER)
