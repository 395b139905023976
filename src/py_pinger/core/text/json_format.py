"""Values as JSON text, alike wherever programs read them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson

from py_pinger.core.times import MAX_TIME

# Times as `2026-11-22T10:05:00Z`, cut to whole seconds.
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def to_json(content: object, *, indent: bool = False) -> bytes:
    """Return content as JSON, without a newline at its end; `indent` is for people."""
    return orjson.dumps(content, option=_OPTIONS | orjson.OPT_INDENT_2 if indent else _OPTIONS)


def known_time(at: datetime | None) -> datetime | None:
    """Return a time as JSON shows it: None for one that never comes."""
    return None if at == MAX_TIME else at
