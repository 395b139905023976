"""The description of the API: `/openapi.json`."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files

import orjson
from flask import Flask, Response, url_for

from py_pinger.web.http.messages import as_json, conditional, tag_of, with_tag


class OpenApiPage:
    """The route of the OpenAPI document."""

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/openapi.json", "openapi", self.openapi)

    def openapi(self) -> Response:
        """Return the OpenAPI document with the path under which it is served."""
        document = {**self._document, "servers": [{"url": url_for("overview")}]}
        return conditional(with_tag(as_json(document), tag_of(document)))

    @cached_property
    def _document(self) -> dict[str, object]:
        text = files("py_pinger.web").joinpath("openapi.json").read_bytes()
        document: dict[str, object] = orjson.loads(text)
        return document
