"""The differences between two effective configurations, as text.

Of secrets only that they differ.
"""

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
    """A `key` of a `section` that has another value, as text; without a key, the whole section.

    None stands for a key or a section that does not exist. Both are `***` where the value is a secret.
    """

    section: str
    key: str | None
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return one line: `[main] interval: 60 s → 30 s`."""
        if self.key is None:
            return f"[{self.section}] {'removed' if self.after is None else 'added'}"
        if self.before == self.after:
            return f"[{self.section}] {self.key}: changed"
        return f"[{self.section}] {self.key}: {self.before or 'not set'} → {self.after or 'not set'}"


class _KeyValue(NamedTuple):
    """The value of a key, by which it is compared, and its text."""

    value: object
    text: str | None


_Values = Mapping[str, _KeyValue]


def differences(old: Settings, new: Settings) -> tuple[Difference, ...]:
    """Return the differences by section; those that tasks inherit from [main] are listed once."""
    before, after = dict(_sections(old)), dict(_sections(new))
    of_main = {key: (getattr(old.main, key), getattr(new.main, key)) for key in SHARED_KEYS}
    found = (
        difference
        for heading in dict.fromkeys((*before, *after))
        for difference in _between(heading, before.get(heading), after.get(heading), of_main)
    )
    return tuple(found)


def _sections(settings: Settings) -> Iterator[tuple[str, _Values]]:
    yield "main", _values(settings.main)
    for channel in settings.channels:
        yield channel.name, _values(channel.settings)
    if settings.token_auth:
        yield "token_auth", _values(settings.token_auth)
    for name, token in settings.token_auths.items():
        yield f"token_auth {name}", _values(token)
    if settings.push:
        yield "push", _values(settings.push)
    if settings.api:
        yield "api", _values(settings.api)
    named: Mapping[str, Mapping[str, Section]] = {
        "maintenance": settings.maintenance,
        "sleep": settings.sleep,
        "page": settings.pages,
        "status": settings.status,
    }
    for kind, sections in named.items():
        yield from ((f"{kind} {name}", _values(section)) for name, section in sections.items())
    for task in settings.tasks:
        yield f"task {task.url}", {**_values(effective_task(task)), "url": _KeyValue(task.address, MASK)}


def _between(
    heading: str,
    before: _Values | None,
    after: _Values | None,
    of_main: Mapping[str, tuple[object, object]],
) -> Iterator[Difference]:
    if before is None or after is None:
        yield Difference(heading, None, None if before is None else "", None if after is None else "")
        return
    absent = _KeyValue(None, None)
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, absent), after.get(key, absent)
        inherited = heading != "main" and of_main.get(key) == (old.value, new.value)
        if old.value != new.value and not inherited:
            yield Difference(heading, key, old.text, new.text)


def _values(section: Section) -> _Values:
    texts = section.model_dump()
    return {key: _KeyValue(value, _text(value, texts[key])) for key, value in section}


def _text(value: object, text: object) -> str | None:
    """Return a value as text, given how it is written in the file."""
    if isinstance(value, timedelta):
        return _duration(value, str(text))
    if value is None:
        # Only durations are written as a number when they are None.
        return "never" if text == "0" else None
    return " ".join(str(text).split()) or "empty"


def _duration(value: timedelta, text: str) -> str:
    unit = next((name for name, length in _UNITS.items() if length * float(text) == value), "s")
    return f"{text} {unit}"
