"""The words about a configuration that was changed while Py Pinger runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from py_pinger.core.model.health import HealthWarning, WarningKind
from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import time_of_day, time_range

TOPIC = "configuration"

_REFUSED = "The changed configuration was not taken, and everything goes on as before."


def warning(problems: Sequence[str], since: datetime) -> HealthWarning:
    """Return the warning about a configuration that was rejected."""
    whole = " ".join(problems).removesuffix(".")
    return HealthWarning(
        WarningKind.RELOAD_REJECTED,
        f"configuration reload failed at {time_of_day(since)}, still using the previous one: {whole}",
    )


def rejected(problems: Sequence[str], now: datetime) -> Notice:
    """Return the word about it, with all that is wrong."""
    return Notice(
        NoticeKind.SELF_PROBLEM, now, topic=TOPIC, opened=now, text=_REFUSED, warnings=tuple(problems)
    )


def applied(since: datetime, now: datetime) -> Notice:
    """Return the word that the configuration is right again."""
    text = f"The configuration has been taken; from {time_range(since, now)} its changes had not been."
    return Notice(NoticeKind.SELF_RECOVERED, now, topic=TOPIC, opened=since, text=text)


def at_next_start(keys: Sequence[str]) -> HealthWarning:
    """Return the warning about changed settings that only a restart can apply."""
    *others, last = keys
    names = f"{', '.join(others)} and {last}" if others else last
    verb = "take" if others else "takes"
    return HealthWarning(WarningKind.RESTART_NEEDED, f"[main] {names} {verb} effect at the next start")


# Seconds for which nothing may change: whoever writes a file a part at a time does not pause for longer.
QUIET = 2.0

# Seconds for which a file may be gone while an editor, or a tool that deploys, puts another in its place.
GONE = 5.0

# By its path, what tells one state of a file from another; None where it is not there.
FileStamps = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FileWatch:
    """What was seen of the files, and since when it is so, in seconds of a clock that never goes back."""

    looks: FileStamps
    since: float

    def after(self, looks: FileStamps, now: float) -> Self:
        """Return what has been seen by now."""
        return self if looks == self.looks else type(self)(looks, now)

    def finished(self, taken: FileStamps, now: float) -> bool:
        """Tell whether the files are others than those `applied`, and nobody is at work on them any more."""
        vanished = any(look is None and taken.get(path) is not None for path, look in self.looks.items())
        return self.looks != taken and now - self.since >= (GONE if vanished else QUIET)
