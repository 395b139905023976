"""What a client hears when its request cannot be answered: one sentence, in its own form."""

from __future__ import annotations

from collections.abc import Iterable
from logging import getLogger

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, MethodNotAllowed

from py_pinger.web.http.messages import as_html, as_json, wants_html

_LOG = getLogger(__name__)

# Headers of a refusal that tell the client what to do.
_KEPT = frozenset({"Allow", "WWW-Authenticate", "Retry-After"})

_SENTENCES = {
    404: "There is nothing at this address; the tasks are listed at the root, /.",
    500: "Py Pinger could not answer because of a fault of its own; its log says more.",
}


def install(app: Flask) -> None:
    """Make the app answer refusals and faults in one sentence."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _refused(refusal: HTTPException) -> Response:
    status = refusal.code or 500
    own_words = vars(refusal).get("description")
    if isinstance(refusal, MethodNotAllowed):
        own_words = _only(refusal.valid_methods or ())
    response = _sentence(own_words or _SENTENCES.get(status, refusal.name), status)
    for name, value in refusal.get_headers():
        if name in _KEPT:
            response.headers[name] = value
    return response


def _only(methods: Iterable[str]) -> str:
    known = sorted(set(methods) - {"HEAD"})
    return f"Only {' and '.join(known)} {'is' if len(known) == 1 else 'are'} answered here."


def _failed(fault: Exception) -> Response:
    # The URL stays out of the log: a client may have put credentials into it.
    _LOG.error("A request for the page %r failed", request.endpoint, exc_info=fault)
    return _sentence(_SENTENCES[500], 500)


def _sentence(text: str, status: int) -> Response:
    # A page links to others, and there is no link for a host whose name cannot be one.
    if wants_html() and not isinstance(request.routing_exception, BadHost):
        return as_html(render_template("fault.html", sentence=text, status=status), status)
    return as_json({"error": text}, status)
