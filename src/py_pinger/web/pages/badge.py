"""Badges: `/badge/<url>.svg`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from re import compile as pattern

from flask import Flask, Response, render_template, request

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.web.http.messages import conditional, tag_of, tagged
from py_pinger.web.pages.context import PageContext
from py_pinger.web.pages.task_lookup import requested_url
from py_pinger.web.view.badge import Badge, blank_badge, status_badge, uptime_badge
from py_pinger.web.view.task_row import TaskRow, row, title
from py_pinger.web.view.timeline import believed

_BADGE = pattern(r"(?P<url>.*)\.svg(\?uptime=(?P<days>7|90))?")


@dataclass(frozen=True)
class BadgePage:
    """The route of the badges."""

    site: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/badge/<path:url>", "badge", self.badge)

    def badge(self, url: str) -> Response:
        """Answer with the badge of a task's status, or of its uptime over 7 or 90 days."""
        asked = _BADGE.fullmatch(requested_url(request.environ, url, "badge"))
        found = self.site.index.find(asked["url"]) if asked else None
        snapshot = self.site.board.task_snapshot(found) if found else None
        if asked is None or snapshot is None:
            return _drawn(blank_badge(), 404)
        now = self.site.clock()
        shown = row(snapshot, now)
        if days := asked["days"]:
            return _drawn(self._uptime(shown, int(days), now))
        return _drawn(status_badge(title(shown), shown["status"]))

    def _uptime(self, shown: TaskRow, days: int, now: datetime) -> Badge:
        since = now - timedelta(days=days)
        spans = self.site.board.spans([shown["url"]], since).get(shown["url"], ())
        return uptime_badge(title(shown), days, uptime(believed(spans, shown, now), since, now))


def _drawn(badge: Badge, status: int = 200) -> Response:
    picture = render_template("badge.svg", badge=badge)
    response = tagged(Response(picture, status, mimetype="image/svg+xml"), tag_of(picture))
    return conditional(response)
