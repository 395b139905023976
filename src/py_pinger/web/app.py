"""The Flask app: its settings, and the pages it is made of."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from secrets import token_hex

from flask import Flask, redirect, url_for
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.web.http import messages
from py_pinger.web.http.messages import MAX_BODY, Request
from py_pinger.web.pages import error_pages
from py_pinger.web.pages.badge import BadgePage
from py_pinger.web.pages.context import PageContext
from py_pinger.web.pages.health import HealthPage
from py_pinger.web.pages.history import HistoryPage
from py_pinger.web.pages.incidents import IncidentsPage
from py_pinger.web.pages.metrics import MetricsPage
from py_pinger.web.pages.openapi import OpenApiPage
from py_pinger.web.pages.overview import OverviewPage
from py_pinger.web.pages.samples import SamplePages
from py_pinger.web.pages.silences import SilencePage
from py_pinger.web.pages.task import TaskPage
from py_pinger.web.pages.task_lookup import TaskIndex
from py_pinger.web.security.access import DEFAULT, Access
from py_pinger.web.security.authenticator import Authenticator
from py_pinger.web.security.csrf import CsrfToken
from py_pinger.web.security.proxy_headers import ProxyHeaders
from py_pinger.web.view import filters
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.row_cache import RowCache

_PAGES = (OverviewPage, HistoryPage, IncidentsPage, HealthPage, BadgePage)


def create_app(  # noqa: PLR0913 - each is a thing of its own that tests and the program choose
    board: DataSource,
    urls: Sequence[str],
    clock: Callable[[], datetime],
    *,
    samples: bool,
    access: Access = DEFAULT,
    metrics_tasks: int | None = None,
    tick: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Flask:
    """Return the WSGI app that shows the board.

    `urls` are those of the monitored tasks. With `samples`, sample task pages are served at `/sample/`;
    the slow one takes its time with `sleep` (seconds). `access` says who is let in; `tick` is what waits
    after wrong passwords are measured by (seconds, never back). Of more than `metrics_tasks` tasks /metrics
    leaves out those of each.
    """
    app = Flask(__name__)
    app.request_class = Request
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, MAX_CONTENT_LENGTH=MAX_BODY)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    # A redirect would break the URL behind /task/.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    # Scheme and sub-path are taken from a proxy: links have to lead back to it.
    app.wsgi_app = ProxyHeaders(app.wsgi_app, access.proxies)  # type: ignore[method-assign]  # Flask's own way
    Authenticator(access, tick).install(app)
    site = PageContext(board, RowCache(board), TaskIndex(urls), clock, token_hex(4))
    for page in _PAGES:
        page(site).install(app)
    TaskPage(site, silenceable=bool(access.password)).install(app)
    SilencePage(site, CsrfToken(), password=bool(access.password)).install(app)
    MetricsPage(site, metrics_tasks).install(app)
    OpenApiPage().install(app)
    app.add_url_rule("/favicon.ico", "favicon", _favicon)
    if samples:
        SamplePages(clock, sleep).install(app)
    filters.install(app)
    error_pages.install(app)
    app.after_request(messages.secured)
    return app


def _favicon() -> WerkzeugResponse:
    """Answer a browser that shows what has no page around it, such as a badge, and asks for an icon."""
    return redirect(url_for("static", filename="icon-ok.svg"))
