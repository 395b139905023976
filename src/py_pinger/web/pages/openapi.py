"""The description of the API: `/docs` for people, `/openapi.json` for programs; the same for pushes."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import Any

import orjson
from flask import Flask, Response, render_template, request, url_for

from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    conditional,
    not_modified,
    tag_of,
    with_tag,
)
from py_pinger.web.reference.document_reader import read_reference


class OpenApiPage:
    """The routes of the two OpenAPI documents, and of the pages that show them."""

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/docs", "docs", self.docs)
        app.add_url_rule("/docs/push", "push_docs", self.push_docs)
        app.add_url_rule("/openapi.json", "openapi", self.openapi)
        app.add_url_rule("/push.openapi.json", "push_openapi", self.push_openapi)

    def docs(self) -> Response:
        """Return the page about the web pages and their JSON."""
        return _as_page(self._pages, "openapi")

    def push_docs(self) -> Response:
        """Return the page about the routes to which tasks send their reports."""
        return _as_page(self._pushes, "push_openapi")

    def openapi(self) -> Response:
        """Return the OpenAPI document of the web pages and their JSON."""
        return _as_served(self._pages)

    def push_openapi(self) -> Response:
        """Return the OpenAPI document of the routes to which tasks send their reports."""
        return _as_served(self._pushes)

    @cached_property
    def _pages(self) -> dict[str, Any]:
        return _document("openapi.json")

    @cached_property
    def _pushes(self) -> dict[str, Any]:
        return _document("push/openapi.json")


def _document(path: str) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(files("py_pinger.web").joinpath(path).read_bytes())
    return document


def _as_served(document: dict[str, Any]) -> Response:
    """Return a document with the path under which it is served."""
    served = {**document, "servers": [{"url": url_for("overview")}]}
    return conditional(with_tag(as_json(served), tag_of(served)))


def _as_page(document: dict[str, Any], source: str) -> Response:
    """Return a document as a page; `source` is the endpoint of its JSON."""
    root = request.url_root.removesuffix("/")
    page = render_template("docs.html", api=read_reference(document, root), source=source)
    tag = tag_of(page)
    return not_modified(tag) if client_has(tag) else with_tag(as_html(page), tag)
