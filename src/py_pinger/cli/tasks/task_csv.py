"""The tasks as CSV: the keys of the API, in the same order."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Final

import orjson

from py_pinger.core.text.formatting import clean, iso
from py_pinger.web.view.task_row import TaskRow

KEYS: Final = tuple(TaskRow.__annotations__)

# What a spreadsheet may read as the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(rows: Sequence[TaskRow]) -> str:
    """Return a heading, and a line for each task."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(KEYS)
    writer.writerows([_cell(row.get(key)) for key in KEYS] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    """Return a value for one cell, without formulas and control characters."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
