"""The Flask app: its settings, and its pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from flask import Flask, redirect, url_for
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.web.api.silence_api import SilenceApi
from py_pinger.web.api.task_api import TaskApi
from py_pinger.web.cluster.nodes_page import NodesPage
from py_pinger.web.demo.demo_shop import DemoShop
from py_pinger.web.http import messages
from py_pinger.web.http.messages import MAX_BODY, Request
from py_pinger.web.pages import error_pages
from py_pinger.web.pages.actions import Actions
from py_pinger.web.pages.badge import BadgePage
from py_pinger.web.pages.context import PageContext
from py_pinger.web.pages.demo_pages import DemoPages
from py_pinger.web.pages.health import HealthPage
from py_pinger.web.pages.history import HistoryPage
from py_pinger.web.pages.incidents import IncidentsPage
from py_pinger.web.pages.metrics import MetricsPage
from py_pinger.web.pages.openapi import OpenApiPage
from py_pinger.web.pages.overview import OverviewPage
from py_pinger.web.pages.public_status import PublicStatusPages, public_endpoints
from py_pinger.web.pages.samples import SamplePages
from py_pinger.web.pages.silences import ACT_SUBJECT, FormGate, SilencePage
from py_pinger.web.pages.task import SenderSettings, TaskPage
from py_pinger.web.pages.task_actions import TaskActionPage
from py_pinger.web.pages.task_lookup import TaskIndex
from py_pinger.web.pages.wall import WallPage
from py_pinger.web.security.access import DEFAULT, Access
from py_pinger.web.security.allowed_hosts import AllowedHosts
from py_pinger.web.security.authenticator import Authenticator, LoginState
from py_pinger.web.security.proxy_headers import ProxyHeaders
from py_pinger.web.tasks.current_tasks import CurrentTasks
from py_pinger.web.template_code import TemplateCode
from py_pinger.web.text import dated_text
from py_pinger.web.view import filters
from py_pinger.web.view.data import DataSource

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from py_pinger.web.push.push_app import PushAccess, PushApp

_PAGES = (WallPage, HistoryPage, IncidentsPage, HealthPage, BadgePage)


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the pages depend on: the URLs of the monitored tasks, and the settings of the web.

    With `samples`, sample task pages are served at `/sample/`. Above `metrics_tasks` tasks, /metrics leaves
    out those of each. With `push`, tasks send their reports. The pages of a `demo` say so, and those of its
    tasks are served at `/demo/`. `link` is the address of the pages for people, None to go by each request.
    `status_pages` are shown to others. The process is a `node` of a cluster, or None.
    """

    urls: Sequence[str]
    samples: bool = False
    access: Access = DEFAULT
    metrics_tasks: int | None = None
    push: PushAccess | None = None
    demo: DemoShop | None = None
    link: str | None = None
    status_pages: Sequence[StatusPage] = ()
    node: str | None = None


class WebApp(Flask):
    """The WSGI app; of its requests the server's loop may have some answered by `loop_app`."""

    loop_app: PushApp | None = None

    def compile_templates(self) -> Iterator[str]:
        """Compile the templates one after the other, and yield the name of each."""
        for name in self.jinja_env.list_templates():
            self.jinja_env.get_template(name)
            yield name


def create_app(
    data: DataSource,
    settings: PageSettings,
    clock: Callable[[], datetime],
    login: LoginState,
    templates: TemplateCode | None = None,
) -> WebApp:
    """Return the WSGI app that shows the data.

    `login` and the code of the `templates` are kept when the settings change.
    """
    app, access = (
        _bare_app(templates or TemplateCode()),
        settings.access.opening(public_endpoints(settings.status_pages)),
    )
    pages: WSGIApplication = app.wsgi_app
    if settings.push:
        from py_pinger.web.push.push_app import PushApp  # noqa: PLC0415 - only where needed

        hosts = AllowedHosts(access, login.monotonic, also=settings.push.url)
        app.loop_app = PushApp(pages, settings.push, hosts, access.proxies, clock, login.monotonic)
        pages = app.loop_app
    # Scheme and sub-path come from a proxy: links have to lead back to it.
    app.wsgi_app = ProxyHeaders(pages, access.proxies)  # type: ignore[method-assign]  # Flask's own way
    Authenticator(access, login).install(app)
    index = TaskIndex(settings.urls)
    context = PageContext(data, CurrentTasks(data), index, clock, token_hex(4), settings.link)
    for page in _PAGES:
        page(context).install(app)
    senders = SenderSettings(settings.push.tasks, settings.push.url) if settings.push else None
    actions, gate = Actions(context), FormGate(login.csrf, password=bool(access.password))
    act_token = gate.token(ACT_SUBJECT)
    OverviewPage(context, act_token).install(app)
    # A page that is open to everybody must not show the token.
    task_token = None if "task" in access.public else act_token
    TaskPage(context, senders, silenceable=gate.password, act_token=task_token).install(app)
    SilencePage(actions, gate).install(app)
    TaskActionPage(actions, gate).install(app)
    SilenceApi(actions).install(app)
    TaskApi(actions).install(app)
    MetricsPage(context, settings.metrics_tasks).install(app)
    NodesPage(context, settings.node).install(app)
    PublicStatusPages(context, settings.status_pages).install(app)
    OpenApiPage().install(app)
    app.add_url_rule("/favicon.ico", "favicon", _favicon)
    if settings.samples:
        SamplePages(clock, time.sleep).install(app)
    app.jinja_env.globals.update(demo=settings.demo is not None, clustered=settings.node is not None)
    if settings.demo:
        DemoPages(settings.demo, clock).install(app)
    return app


def _bare_app(templates: TemplateCode) -> WebApp:
    """Return the app without its pages."""
    app = WebApp(__name__)
    app.request_class = Request
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, MAX_CONTENT_LENGTH=MAX_BODY)
    app.jinja_options = {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "bytecode_cache": templates,
    }
    # A redirect would break the URL behind /task/.
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = False
    filters.install(app)
    dated_text.install(app)
    error_pages.install(app)
    app.after_request(messages.add_security_headers)
    return app


def _favicon() -> WerkzeugResponse:
    """Return the icon for browsers that show no page, such as a badge, and request an icon."""
    return redirect(url_for("static", filename="icon-ok.svg"))
