"""What the API promises, to programs: `/openapi.json`."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files

import orjson
from flask import Flask, Response, url_for

from py_pinger.web.http.messages import as_json, conditional, tag_of, tagged


class OpenApiPage:
    """The route of the OpenAPI document."""

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/openapi.json", "openapi", self.openapi)

    def openapi(self) -> Response:
        """Answer with the OpenAPI document, which says under which path it is served."""
        document = {**self._document, "servers": [{"url": url_for("overview")}]}
        return conditional(tagged(as_json(document), tag_of(document)))

    @cached_property
    def _document(self) -> dict[str, object]:
        document: dict[str, object] = orjson.loads(
            files("py_pinger.web").joinpath("openapi.json").read_bytes()
        )
        return document
