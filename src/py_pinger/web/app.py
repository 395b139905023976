"""The Flask app: its routes, and what each answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Flask, Response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import NotFound

from py_pinger.core.model import Health, Listing
from py_pinger.web import faults, headers, words
from py_pinger.web.answer import as_html, as_json, wants_html
from py_pinger.web.index import TaskIndex
from py_pinger.web.overview import headline, urgent_first
from py_pinger.web.row import row, troubled
from py_pinger.web.sample import SamplePages
from py_pinger.web.target import requested_url

# Bytes; no route reads a body.
MAX_BODY = 16 * 1024

NOT_MONITORED = "This URL is not monitored; the monitored ones are listed at the root, /."


class Board(Protocol):
    """Where the web reads from."""

    def listings(self) -> Sequence[Listing]:
        """Return all monitored tasks in the order of the configuration."""

    def listing(self, url: str) -> Listing | None:
        """Return the task with exactly this URL, or None if it is not monitored."""

    def health(self) -> Health:
        """Return how Py Pinger itself is doing."""


def create_app(
    board: Board,
    urls: Sequence[str],
    clock: Callable[[], datetime],
    *,
    samples: bool,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """Return the WSGI app that shows the board.

    `urls` are those of the monitored tasks. With `samples`, sample task pages are served at `/sample/`;
    the slow one takes its time with `sleep` (seconds).
    """
    app = Flask(__name__)
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, MAX_CONTENT_LENGTH=MAX_BODY)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    # A redirect would break the URL behind /task/.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    Views(board, TaskIndex(urls), clock).install(app)
    if samples:
        SamplePages(clock, sleep).install(app)
    words.install(app)
    faults.install(app)
    app.after_request(headers.secured)
    return app


@dataclass(frozen=True)
class Views:
    """The routes of the API, which are those of the pages as well."""

    board: Board
    index: TaskIndex
    clock: Callable[[], datetime]

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/", "overview", self.overview)
        app.add_url_rule("/task/<path:url>", "task", self.task)
        app.add_url_rule("/healthz", "healthz", self.healthz)

    def overview(self) -> Response:
        """Answer with all tasks; JSON that has not changed since the client last asked is not sent again."""
        now = self.clock()
        rows = [row(listing, now) for listing in self.board.listings()]
        if wants_html():
            page = render_template("overview.html", headline=headline(rows), rows=urgent_first(rows), now=now)
            return as_html(page)
        response = as_json({"data": rows})
        response.add_etag()
        response.make_conditional(request)
        return response

    def task(self, url: str) -> Response:
        """Answer with one task: 500 while people should look at it, 404 if it is not monitored."""
        found = self.index.find(requested_url(request.environ, url))
        listing = self.board.listing(found) if found else None
        if listing is None:
            raise NotFound(NOT_MONITORED)
        now = self.clock()
        shown = row(listing, now)
        status = 500 if troubled(shown) else 200
        if wants_html():
            return as_html(render_template("task.html", row=shown, now=now), status)
        return as_json({"data": shown}, status)

    def healthz(self) -> Response:
        """Answer whether Py Pinger itself is well."""
        health = self.board.health()
        if health.well:
            return as_json({"status": "ok"})
        return as_json({"status": "error", "problems": health.problems}, 503)
