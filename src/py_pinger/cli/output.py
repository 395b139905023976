"""The output of commands: JSON for programs, and the styles of statuses in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from py_pinger.core.model.check import Status
from py_pinger.core.text.json_format import to_json

# As rich names them; a status is equal to its text.
STATUS_STYLES: Final[Mapping[str, str]] = {
    Status.OK: "green",
    Status.SLEEPING: "blue",
    Status.ERROR: "bold red",
    Status.UNKNOWN: "bold yellow",
    Status.PENDING: "dim",
}


def as_json(content: object) -> bytes:
    """Return indented JSON, with times in UTC and whole seconds."""
    return to_json(content, indent=True)
