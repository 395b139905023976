"""What the API promises, to programs: `/openapi.json`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from flask import Flask, Response

from py_pinger.web.answer import conditional, tag_of, tagged


@dataclass(frozen=True)
class ContractPage:
    """The route of the OpenAPI document."""

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/openapi.json", "openapi", self.openapi)

    @cached_property
    def _document(self) -> bytes:
        return files("py_pinger.web").joinpath("openapi.json").read_bytes()

    def openapi(self) -> Response:
        """Answer with the OpenAPI document."""
        response = Response(self._document, mimetype="application/json")
        return conditional(tagged(response, tag_of(self._document)))
