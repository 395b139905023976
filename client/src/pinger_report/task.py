"""What is stated about a task in each of its reports, and the slug that is made from its name."""

from __future__ import annotations

import math
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pinger_report.warn import warn

# Characters. A slug becomes a file name, which may have 255 bytes.
_SLUG_LENGTH = 100


class Task(NamedTuple):
    """A task's name, and the keys of the contract that are the same in all its reports; times in minutes."""

    name: str
    frequency: float | None = None
    schedule: str | None = None
    timezone: str | None = None
    runtime: float | None = None
    sleep: Sequence[Mapping[str, object]] | None = None
    process: str | None = None
    server: str | None = None

    @property
    def slug(self) -> str:
        """The name as it stands in file names and addresses: a-z, 0-9 and hyphens."""
        return slug_of(self.name)

    def stated(self) -> dict[str, Any]:
        """Return the keys of the contract that are the same in all reports."""
        stated = {
            "frequency": _minutes("frequency", self.frequency),
            "schedule": self.schedule,
            "timezone": self.timezone,
            "runtime": _minutes("runtime", self.runtime),
            "sleep": list(self.sleep) if self.sleep else None,
            "process": self.process or self.name,
            "server": self.server or _host_name(),
        }
        return {key: value for key, value in stated.items() if value is not None}


def slug_of(name: str) -> str:
    """Return the slug of a name: `Nightly import` is `nightly-import`.

    A name without such letters, or a long one, is identified by its checksum.
    """
    slug = re.sub(r"[^a-z0-9_]+", "-", _without_accents(name).lower()).strip("-")
    if slug and len(slug) <= _SLUG_LENGTH:
        return slug
    checksum = f"{zlib.crc32(name.encode('utf-8', 'replace')):08x}"
    return f"{slug[: _SLUG_LENGTH - 9].strip('-') or 'task'}-{checksum}"


def _host_name() -> str | None:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME")


def _without_accents(name: str) -> str:
    if name.isascii():
        return name
    import unicodedata  # noqa: PLC0415 - most names save its time

    return "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))


def _minutes(key: str, value: object) -> float | None:
    """Return a number of minutes; None, with a warning, for what the contract would reject."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf:
        return value
    warn(f"{key} {value!r} is not a number of minutes above 0; it is left out of the reports")
    return None
