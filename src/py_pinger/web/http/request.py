"""A request as the pages see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import flask

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


# Bytes; the one form there is has far fewer.
MAX_BODY = 16 * 1024


class Request(flask.Request):
    """A request whose parameters can be read whatever bytes they are; the library would fail at some."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        super().__init__(environ)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()
