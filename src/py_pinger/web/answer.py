"""Answers in the form the client asked for: JSON to programs, HTML to browsers."""

from __future__ import annotations

import orjson
from flask import Response, request

# Moments come out as `2026-11-22T10:05:00Z`, cut to whole seconds.
_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_APPEND_NEWLINE


def wants_html() -> bool:
    """Tell whether the client would rather have HTML; a client that takes anything gets JSON."""
    accepted = request.accept_mimetypes
    return accepted.quality("text/html") > accepted.quality("application/json")


def as_json(content: object, status: int = 200) -> Response:
    """Return an answer in JSON."""
    return varied(Response(orjson.dumps(content, option=_JSON), status, mimetype="application/json"))


def as_html(page: str, status: int = 200) -> Response:
    """Return an answer in HTML."""
    return varied(Response(page, status, mimetype="text/html"))


def varied(response: Response) -> Response:
    """Return the answer with a note for caches that the next client may get another form of it."""
    response.vary.add("Accept")
    return response
