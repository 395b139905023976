"""Badges: `/badge/<url>.svg`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, Response, render_template, request

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.web.http.messages import RESOURCE_POLICY, conditional, tag_of, with_tag
from py_pinger.web.pages.context import PageContext
from py_pinger.web.pages.task_lookup import interpretations, requested_url
from py_pinger.web.view.badge import Badge, blank_badge, status_badge, uptime_badge
from py_pinger.web.view.task_row import TaskRow, row, title
from py_pinger.web.view.timeline import observed

OPTIONS = frozenset({"uptime"})

_SVG = ".svg"
_DAYS = (None, "7", "90")


@dataclass(frozen=True)
class BadgePage:
    """The route of the badges."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/badge/<path:url>", "badge", self.badge)

    def badge(self, url: str) -> Response:
        """Return the badge of a task's status, or of its uptime over 7 or 90 days."""
        requested = requested_url(request.environ, url, "badge")
        for named, options in interpretations(requested, OPTIONS):
            found = self.context.index.find(named.removesuffix(_SVG)) if named.endswith(_SVG) else None
            task = self.context.data.task(found) if found else None
            days = options.get("uptime")
            if task and days in _DAYS:
                return as_svg(self._badge(task, days))
        return as_svg(blank_badge(), 404)

    def _badge(self, task: TaskSnapshot, days: str | None) -> Badge:
        now = self.context.clock()
        shown = row(task, now)
        return self._uptime(shown, int(days), now) if days else status_badge(title(shown), shown["status"])

    def _uptime(self, shown: TaskRow, days: int, now: datetime) -> Badge:
        since = now - timedelta(days=days)
        spans = self.context.history.spans([shown["url"]], since).get(shown["url"], ())
        return uptime_badge(title(shown), days, uptime(observed(spans, shown, now), since, now))


def as_svg(badge: Badge, status: int = 200) -> Response:
    """Return a badge as a picture that pages of other sites may show."""
    picture = render_template("badge.svg", badge=badge)
    response = with_tag(Response(picture, status, mimetype="image/svg+xml"), tag_of(picture))
    response.headers[RESOURCE_POLICY] = "cross-origin"
    return conditional(response)
