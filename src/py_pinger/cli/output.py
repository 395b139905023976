"""The output of commands: JSON and CSV for programs, and the styles of statuses in a terminal."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Final

import orjson

from py_pinger.core.model.check import Status
from py_pinger.core.text.formatting import clean, iso
from py_pinger.core.times import MAX_TIME
from py_pinger.web.view.task_row import TaskRow

KEYS: Final = tuple(TaskRow.__annotations__)

# As rich names them; a status is equal to its text.
STATUS_STYLES: Final[Mapping[str, str]] = {
    Status.OK: "green",
    Status.SLEEPING: "blue",
    Status.ERROR: "bold red",
    Status.UNKNOWN: "bold yellow",
    Status.PENDING: "dim",
}

_JSON: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_INDENT_2

# What a spreadsheet may read as the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_json(content: object) -> bytes:
    """Return indented JSON, with times in UTC and whole seconds."""
    return orjson.dumps(content, option=_JSON)


def json_time(at: datetime | None) -> str | None:
    """Return a time as JSON has it; None if there is none, or if it never comes."""
    return None if at is None or at == MAX_TIME else iso(at)


def as_csv(rows: Sequence[TaskRow]) -> str:
    """Return a heading, and a line for each task."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(KEYS)
    writer.writerows([_cell(row.get(key)) for key in KEYS] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a value for one cell, in which nothing of a page's text is a formula or a control character."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
