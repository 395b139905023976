"""What the API reads from requests: JSON with known keys, and tasks by URL or name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, NotFound

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.text.formatting import clean
from py_pinger.core.times import read_utc
from py_pinger.web.pages.context import PageContext

NO_TASK = (
    "There is no such task; use its URL, fully percent-encoded, or its name. The root, /, lists the tasks."
)

# Characters of an unknown key that an error quotes.
_QUOTED = 40


def read_object(known: Collection[str]) -> Mapping[str, Any]:
    """Return the JSON object in the request, an empty one for no body.

    Raises BadRequest for another document, and for a key that is not among those known.
    """
    body = request.get_data()
    if not body.strip():
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise BadRequest("The body is not a JSON object.")
    if unknown := [key for key in found if key not in known]:
        allowed = f"use {', '.join(known)}" if known else "this request has none"
        raise BadRequest(f"Unknown key {clean(unknown[0], _QUOTED)!r}; {allowed}.")
    return found


def read_text(values: Mapping[str, Any], key: str) -> str:
    """Return the text of a key, empty if it is missing or null; raises BadRequest for another value."""
    value = values.get(key)
    if not isinstance(value, str | None):
        raise BadRequest(f"{key}: the value is not a text.")
    return value or ""


def read_moment(key: str, text: str) -> datetime:
    """Return the time that the text of a key states; raises BadRequest if it is not one with an offset."""
    at = read_utc(text)
    if at is None:
        raise BadRequest(f"{key}: the value is not a time with an offset; use for example 2026-11-22T18:00Z.")
    return at


def find_task(context: PageContext, wanted: str) -> TaskSnapshot:
    """Return the task with a URL, or with a name that only one task has. Raises NotFound if there is none."""
    url = context.index.find(wanted)
    task = context.data.task(url) if url else None
    if task is None:
        name = wanted.casefold()
        found = [each for each in context.data.tasks() if (each.name or "").casefold() == name]
        task = found[0] if len(found) == 1 else None
    if task is None:
        raise NotFound(NO_TASK)
    return task
