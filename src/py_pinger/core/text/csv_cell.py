"""Values as cells of CSV, in which a spreadsheet finds no formula."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson

from py_pinger.core.text.formatting import clean, iso

# What a spreadsheet may read as the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_cell(value: object) -> str:
    """Return a value for one cell, without formulas and control characters."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
