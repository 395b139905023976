"""All incidents, `/incidents`, and the feed of them, `/incidents.atom`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from flask import Flask, Response, request, url_for

from py_pinger.core.model.check import Cause
from py_pinger.core.model.history import IncidentFilter
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    conditional,
    known,
    not_modified,
    tag_of,
    tagged,
    wants_html,
)
from py_pinger.web.pages.context import PageContext
from py_pinger.web.view.feed import FeedAddress, feed
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.summary import overall
from py_pinger.web.view.task_filter import CAUSES, SEARCH_LENGTH, page_number, pages

PAGE_SIZE = 50
FEED_LENGTH = 50
# Servers that can be chosen from; beyond them, the search finds tasks by their names.
MOST_SERVERS = 200

_FIELDS = ("q", "server", "cause", "url")


@dataclass(frozen=True)
class IncidentsPage:
    """The routes of the incidents."""

    site: PageContext

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/incidents", "incidents", self.incidents)
        app.add_url_rule("/incidents.atom", "feed", self.feed)

    def incidents(self) -> Response:
        """Answer with a page of the incidents that are asked for, the open ones first."""
        now, html = self.site.clock(), wants_html(request.args.get("format"))
        tag = tag_of(self.site.tag(now), html)
        if known(tag):
            return not_modified(tag)
        wanted = _wanted(request.args)
        total = self.site.board.count_incidents(wanted)
        last = pages(total, PAGE_SIZE)
        number = min(page_number(request.args.get("page")), last)
        shown = self.site.board.incidents(wanted, PAGE_SIZE, (number - 1) * PAGE_SIZE)
        if not html:
            content = {"data": shown, "total": total, "page": number, "pages": last}
            return tagged(as_json(content), tag)
        rows = self.site.roster.rows(now)
        page = self.site.page(
            "incidents.html",
            now,
            overall(rows),
            incidents=shown,
            total=total,
            number=number,
            last=last,
            wanted=wanted,
            narrowed=wanted != IncidentFilter(),
            causes=CAUSES,
            servers=sorted({row["server"] for row in rows if row["server"]})[:MOST_SERVERS],
            link=lambda page: _query(request.args, page),
        )
        return tagged(as_html(page), tag)

    def feed(self) -> Response:
        """Answer with the Atom feed of the incidents that are asked for."""
        shown = self.site.board.incidents(_wanted(request.args), FEED_LENGTH)
        address = FeedAddress(
            own=request.url,
            incidents=url_for("incidents", _external=True),
            page=lambda url: urljoin(request.url_root, task_page(url)),
        )
        content = feed(shown, address, self.site.board.pulse().started)
        response = tagged(Response(content, mimetype="application/atom+xml"), tag_of(content))
        return conditional(response)


def _wanted(parameters: Mapping[str, str]) -> IncidentFilter:
    cause = parameters.get("cause")
    return IncidentFilter(
        url=parameters.get("url") or None,
        text=parameters.get("q", "")[:SEARCH_LENGTH].strip() or None,
        server=parameters.get("server") or None,
        cause=Cause(cause) if cause in CAUSES else None,
    )


def _query(parameters: Mapping[str, str], page: int) -> str:
    kept = {name: parameters[name] for name in _FIELDS if parameters.get(name)}
    return "?" + urlencode(kept | ({"page": page} if page > 1 else {}))
