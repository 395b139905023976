"""The output of commands: JSON for programs, and the styles of statuses in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import orjson

from py_pinger.core.model.check import Status
from py_pinger.core.text.formatting import iso
from py_pinger.core.times import MAX_TIME

# As rich names them; a status is equal to its text.
STATUS_STYLES: Final[Mapping[str, str]] = {
    Status.OK: "green",
    Status.SLEEPING: "blue",
    Status.ERROR: "bold red",
    Status.UNKNOWN: "bold yellow",
    Status.PENDING: "dim",
}

_JSON: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_INDENT_2


def as_json(content: object) -> bytes:
    """Return indented JSON, with times in UTC and whole seconds."""
    return orjson.dumps(content, option=_JSON)


def json_time(at: datetime | None) -> str | None:
    """Return a time as JSON has it; None if there is none, or if it never comes."""
    return None if at is None or at == MAX_TIME else iso(at)
