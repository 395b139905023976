"""What requests say and how they are answered."""

from __future__ import annotations

from hashlib import blake2b
from http.client import OK
from typing import TYPE_CHECKING

import flask
import orjson
from flask import Response, request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache, private",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def secured(response: Response) -> Response:
    """Return the answer with the security headers on it."""
    response.headers.update(SECURITY)
    return response


# Bytes; the one form there is has far fewer.
MAX_BODY = 16 * 1024


class Request(flask.Request):
    """A request whose parameters can be read whatever bytes they are; the library would fail at some."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()


# Moments come out as `2026-11-22T10:05:00Z`, cut to whole seconds.
_JSON = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_APPEND_NEWLINE


def wants_html(asked: str | None = None) -> bool:
    """Tell whether the client would rather have HTML; a client that takes anything gets JSON.

    `asked` is what the URL itself asks for as its `format`: `html` or `json`, which counts before all.
    """
    if asked in {"html", "json"}:
        return asked == "html"
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


def tag_of(*parts: object) -> str:
    """Return an ETag for an answer that follows from these parts."""
    return blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=12).hexdigest()


def known(tag: str) -> bool:
    """Tell whether the client already has the answer with this tag."""
    return request.if_none_match.contains_weak(tag)


def tagged(response: Response, tag: str) -> Response:
    """Return the answer with its tag."""
    response.set_etag(tag)
    return response


def conditional(response: Response) -> Response:
    """Return the answer without its body to a client that already has it; trouble keeps its code."""
    if response.status_code == OK:
        response.make_conditional(request)
    return response


def not_modified(tag: str) -> Response:
    """Return the answer to a client that already has it."""
    return tagged(varied(Response(status=304)), tag)
