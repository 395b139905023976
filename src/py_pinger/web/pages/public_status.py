"""The status pages for others: `/status/NAME` as HTML and JSON, with a feed and a badge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from threading import Lock
from typing import Final

from flask import Flask, Response, render_template, request, url_for

from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.status_page.status_page import StatusPage, TaskGroup, grouped
from py_pinger.core.times import DAY, ZERO
from py_pinger.web.http.messages import as_html, as_json, conditional, tag_of, wants_html, with_tag
from py_pinger.web.pages.badge import as_svg
from py_pinger.web.pages.context import PageContext
from py_pinger.web.status.day_cells import DAYS, cells
from py_pinger.web.status.public_page import PublicPage, create_page, public_incidents
from py_pinger.web.status.status_feed import create_status_feed
from py_pinger.web.view.badge import status_badge

# How long a page is shown as it is: many people may open it at once, and 90 days are read for each task.
_KEPT: Final = timedelta(seconds=10)

# Incidents of all tasks among which those of a page are searched, and how many of these its feed has.
_SEARCHED: Final = 1000
_FEED_LENGTH: Final = 50


def endpoints(page: StatusPage) -> tuple[str, str, str]:
    """Return the names of a page's routes: itself, its feed, its badge."""
    return f"status {page.name}", f"status feed {page.name}", f"status badge {page.name}"


def public_endpoints(pages: Sequence[StatusPage]) -> frozenset[str]:
    """Return the names of the routes that need no password."""
    return frozenset(name for page in pages if page.public for name in endpoints(page))


@dataclass
class PublicStatusPages:
    """The routes of all status pages; a page that is not configured has none."""

    context: PageContext
    pages: Sequence[StatusPage]
    _kept: dict[str, PublicPage] = field(default_factory=dict)
    _creating: Lock = field(default_factory=Lock)

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        for page in self.pages:
            views = (self._page, self._feed, self._badge)
            for name, ending, view in zip(endpoints(page), ("", ".atom", ".svg"), views, strict=True):
                app.add_url_rule(f"/status/{page.name}{ending}", name, partial(view, page))

    def _page(self, page: StatusPage) -> Response:
        shown = self._current(page)
        if wants_html(request.args.get("format")):
            feed, badge = (url_for(name) for name in endpoints(page)[1:])
            html = render_template(
                "status.html", page=shown, now=shown.at, cells=cells, feed=feed, badge=badge
            )
            return conditional(with_tag(as_html(html), tag_of(html)))
        content = _as_content(shown)
        return conditional(with_tag(as_json(content), tag_of(content)))

    def _feed(self, page: StatusPage) -> Response:
        data, (own, feed, _) = self.context.data, endpoints(page)
        history = self.context.history.incidents(IncidentFilter(), _SEARCHED)
        found = public_incidents(self._groups(page), history, data.announcements(page.name))
        content = create_status_feed(
            page.title,
            list(islice(found, _FEED_LENGTH)),
            self.context.absolute(url_for(feed)),
            self.context.absolute(url_for(own)),
            data.monitor.loop_stats().started,
        )
        return conditional(with_tag(Response(content, mimetype="application/atom+xml"), tag_of(content)))

    def _badge(self, page: StatusPage) -> Response:
        shown = self._current(page)
        return as_svg(status_badge(shown.title, shown.status))

    def _groups(self, page: StatusPage) -> tuple[TaskGroup, ...]:
        return grouped(page, self.context.data.tasks())

    def _current(self, page: StatusPage) -> PublicPage:
        """Return a page that is at most some seconds old; one request at a time makes it."""
        now = self.context.clock()
        with self._creating:
            kept = self._kept.get(page.name)
            if kept is None or not ZERO <= now - kept.at < _KEPT:
                kept = self._kept[page.name] = self._create(page, now)
            return kept

    def _create(self, page: StatusPage, now: datetime) -> PublicPage:
        data, groups = self.context.data, self._groups(page)
        urls = [task.url for group in groups for task in group.tasks]
        spans = self.context.history.spans(urls, now - (DAYS + 1) * DAY)
        return create_page(page, groups, spans, data.announcements(page.name), now)


def _as_content(page: PublicPage) -> dict[str, object]:
    """Return the page as JSON shows it."""
    return {
        "title": page.title,
        "status": page.status,
        "sentence": page.sentence,
        "at": page.at,
        "announcements": [{"at": each.at, "text": each.text} for each in page.texts],
        "groups": [
            {
                "heading": group.heading,
                "tasks": [
                    {
                        "name": task.name,
                        "status": task.status,
                        "since": task.since,
                        "uptime": task.uptime,
                        "days": task.days,
                    }
                    for task in group.tasks
                ],
            }
            for group in page.groups
        ],
    }
