"""Responses to requests that cannot be answered: one sentence, as JSON or as a page."""

from __future__ import annotations

from collections.abc import Iterable
from logging import getLogger

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed

from py_pinger.web.http.messages import INTERNAL_ERROR, as_html, as_json, wants_html

_LOG = getLogger(__name__)

# Headers of an error response that a client needs.
_KEPT = frozenset({"Allow", "WWW-Authenticate", "Retry-After"})

_SENTENCES = {
    404: "This address does not exist; the root, /, lists the tasks.",
    500: INTERNAL_ERROR,
}


def install(app: Flask) -> None:
    """Make the app answer errors in one sentence."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _internal_error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    # The class's own description is the library's; that of an instance is ours.
    sentence = vars(error).get("description")
    if isinstance(error, MethodNotAllowed):
        sentence = _allowed(error.valid_methods or ())
    response = _respond(sentence or _SENTENCES.get(status, error.name), status)
    for name, value in error.get_headers():
        if name in _KEPT:
            response.headers[name] = value
    return response


def _allowed(methods: Iterable[str]) -> str:
    return f"Method not allowed; use {' or '.join(sorted(set(methods) - {'HEAD'}))}."


def _internal_error(error: Exception) -> Response:
    # The URL is not logged: a client may have put credentials into it.
    _LOG.error("Internal error while answering the page %r", request.endpoint, exc_info=error)
    return _respond(INTERNAL_ERROR, 500)


def _respond(sentence: str, status: int) -> Response:
    # A page has links, and none can be made for an invalid host name.
    if wants_html() and not isinstance(request.routing_exception, BadHost):
        return as_html(render_template("error.html", sentence=sentence, status=status), status)
    return as_json({"error": sentence}, status)
