"""What differs between two configurations as they are in force, in words; of secrets only that they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from py_pinger.config.dump import effective_task
from py_pinger.config.schema.section import Section
from py_pinger.config.schema.settings import Settings
from py_pinger.config.sections.task_list import SHARED_KEYS
from py_pinger.core.text.urls import MASK
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND

_UNITS = {
    "s": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A `key` of a `section` that has another value, in words; without a key it is the whole section.

    None stands for what is not there. Both are `***` where the difference is a secret.
    """

    section: str
    key: str | None
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Put it into words: `[main] interval: 60 s → 30 s`."""
        if self.key is None:
            return f"[{self.section}] {'removed' if self.after is None else 'added'}"
        if self.before == self.after:
            return f"[{self.section}] {self.key}: changed"
        return f"[{self.section}] {self.key}: {self.before or 'not set'} → {self.after or 'not set'}"


class _Entry(NamedTuple):
    """The value of a key, by which it is compared, and its words."""

    value: object
    words: str | None


_Entries = Mapping[str, _Entry]


def differences(old: Settings, new: Settings) -> tuple[Difference, ...]:
    """Return all that differs, section by section; what [main] changes for each task is said once."""
    before, after = dict(_sections(old)), dict(_sections(new))
    general = {key: (getattr(old.main, key), getattr(new.main, key)) for key in SHARED_KEYS}
    found = (
        difference
        for heading in dict.fromkeys((*before, *after))
        for difference in _between(heading, before.get(heading), after.get(heading), general)
    )
    return tuple(found)


def _sections(settings: Settings) -> Iterator[tuple[str, _Entries]]:
    yield "main", _entries(settings.main)
    for channel in settings.channels:
        yield channel.name, _entries(channel.settings)
    if settings.token_auth:
        yield "token_auth", _entries(settings.token_auth)
    for name, token in settings.token_auths.items():
        yield f"token_auth {name}", _entries(token)
    for name, window in settings.maintenance.items():
        yield f"maintenance {name}", _entries(window)
    for task in settings.tasks:
        yield f"task {task.url}", {**_entries(effective_task(task)), "url": _Entry(task.address, MASK)}


def _between(
    heading: str,
    before: _Entries | None,
    after: _Entries | None,
    general: Mapping[str, tuple[object, object]],
) -> Iterator[Difference]:
    if before is None or after is None:
        yield Difference(heading, None, None if before is None else "", None if after is None else "")
        return
    nothing = _Entry(None, None)
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, nothing), after.get(key, nothing)
        said = heading != "main" and general.get(key) == (old.value, new.value)
        if old.value != new.value and not said:
            yield Difference(heading, key, old.words, new.words)


def _entries(section: Section) -> _Entries:
    texts = section.model_dump()
    return {key: _Entry(value, _words(value, texts[key])) for key, value in section}


def _words(value: object, text: object) -> str | None:
    """Return a value in words, given how it is written in the file."""
    if isinstance(value, timedelta):
        return _length(value, str(text))
    if value is None:
        # Only lengths of time are written as a number when there is none of them.
        return "never" if text == "0" else None
    return " ".join(str(text).split()) or "empty"


def _length(value: timedelta, text: str) -> str:
    unit = next((name for name, length in _UNITS.items() if length * float(text) == value), "s")
    return f"{text} {unit}"
