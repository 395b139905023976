"""Requests and responses: body limits, headers, formats and tags."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from http.client import OK
from itertools import islice
from typing import TYPE_CHECKING

import flask
from flask import Response, request

from py_pinger.core.text.json_format import to_json

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RESOURCE_POLICY = "Cross-Origin-Resource-Policy"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache, private",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    RESOURCE_POLICY: "same-origin",
}

INTERNAL_ERROR = "Internal error; see the log of Py Pinger."

# Rows of a list that are in memory at once while it is made: 100,000 of them take 130 MB.
PORTION = 1000

# Bytes. A monitored URL may be long, and comes encoded.
MAX_HEADER = 32 * 1024
# Bytes; the only form has far fewer.
MAX_BODY = 16 * 1024


def add_security_headers(response: Response) -> Response:
    """Return the response with the security headers; a page may allow other sites to embed it."""
    policy = response.headers.get(RESOURCE_POLICY)
    response.headers.update(SECURITY_HEADERS)
    if policy:
        response.headers[RESOURCE_POLICY] = policy
    return response


class Request(flask.Request):
    """A request whose parameters can be read whatever their bytes.

    The library would fail at some.
    """

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()


def wants_html(format_parameter: str | None = None) -> bool:
    """Return True if the client prefers HTML; a client that accepts anything gets JSON.

    The `format` parameter of the URL, `html` or `json`, takes precedence over the headers.
    """
    if format_parameter in {"html", "json"}:
        return format_parameter == "html"
    accepted = request.accept_mimetypes
    return accepted.quality("text/html") > accepted.quality("application/json")


def as_json(content: object, status: int = 200) -> Response:
    """Return a response in JSON."""
    return vary_on_accept(Response(to_json(content) + b"\n", status, mimetype="application/json"))


def as_json_list(rows: Iterable[object]) -> Response:
    """Return a response in JSON that has the rows as its `data`; they are made as they are written."""
    left = iter(rows)
    portions = iter(lambda: list(islice(left, PORTION)), [])
    texts = [text for portion in portions for text in (b",", to_json(portion)[1:-1])]
    # Put together once: the rows of 100,000 tasks are 65 MB.
    data = b"".join((b'{"data":[', *texts[1:], b"]}\n"))
    return vary_on_accept(Response(data, mimetype="application/json"))


def as_html(page: str, status: int = 200) -> Response:
    """Return a response in HTML."""
    return vary_on_accept(Response(page, status, mimetype="text/html"))


def vary_on_accept(response: Response) -> Response:
    """Return the response with a note for caches that its format depends on the request."""
    response.vary.add("Accept")
    return response


def tag_of(*parts: object) -> str:
    """Return an ETag for a response that is determined by these parts."""
    return blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=12).hexdigest()


def client_has(tag: str) -> bool:
    """Return True if the client already has the response with this tag."""
    return request.if_none_match.contains_weak(tag)


def with_tag(response: Response, tag: str) -> Response:
    """Return the response with its tag."""
    response.set_etag(tag)
    return response


def conditional(response: Response) -> Response:
    """Return the response without its body if the client has it; an error keeps its code."""
    if response.status_code == OK:
        response.make_conditional(request)
    return response


def not_modified(tag: str) -> Response:
    """Return the response to a client that already has this tag."""
    return with_tag(vary_on_accept(Response(status=304)), tag)
