"""All incidents, `/incidents`, and the feed of them, `/incidents.atom`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Flask, Response, request, url_for
from werkzeug.exceptions import BadRequest

from py_pinger.core.model.check import Cause
from py_pinger.core.model.history import IncidentFilter, PastIncident
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    conditional,
    not_modified,
    tag_of,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.context import PageContext
from py_pinger.web.tasks.summary import overall
from py_pinger.web.tasks.task_filter import (
    CAUSES,
    SEARCH_LENGTH,
    UnknownFilterError,
    chosen,
    count_pages,
    page_number,
)
from py_pinger.web.view.feed import FeedAddress, create_feed
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.incident_rows import incident_row

PAGE_SIZE = 50
FEED_LENGTH = 50
# Servers to choose from; beyond them, the search finds tasks by their names.
MOST_SERVERS = 200

_FIELDS = ("q", "server", "cause", "url")


@dataclass(frozen=True)
class IncidentsPage:
    """The routes of the incidents."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/incidents", "incidents", self.incidents)
        app.add_url_rule("/incidents.atom", "feed", self.feed)

    def incidents(self) -> Response:
        """Return a page of the incidents that match the parameters, open ones first."""
        now, html = self.context.clock(), wants_html(request.args.get("format"))
        tag = tag_of(self.context.tag(now), html)
        if client_has(tag):
            return not_modified(tag)
        wanted, history = _wanted(request.args), self.context.history
        total = history.count_incidents(wanted)
        last = count_pages(total, PAGE_SIZE)
        number = min(page_number(request.args.get("page")), last)
        shown = history.incidents(wanted, PAGE_SIZE, (number - 1) * PAGE_SIZE)
        if html:
            return with_tag(as_html(self._html(wanted, shown, (total, number, last), now)), tag)
        rows = [incident_row(each) for each in shown]
        return with_tag(as_json({"data": rows, "total": total, "page": number, "pages": last}), tag)

    def feed(self) -> Response:
        """Return the Atom feed of the incidents that match the parameters."""
        data = self.context.data
        shown = self.context.history.incidents(_wanted(request.args), FEED_LENGTH)
        absolute = self.context.absolute
        address = FeedAddress(
            own=f"{self.context.root}{request.url.removeprefix(request.url_root)}",
            incidents=absolute(url_for("incidents")),
            page=lambda url: absolute(task_page(url)),
        )
        content = create_feed(shown, address, data.monitor.loop_stats().started)
        response = with_tag(Response(content, mimetype="application/atom+xml"), tag_of(content))
        return conditional(response)

    def _html(
        self,
        wanted: IncidentFilter,
        shown: Sequence[PastIncident],
        numbers: tuple[int, int, int],
        now: datetime,
    ) -> str:
        """Return the page; `numbers` are the incidents in all, this page and the last."""
        tasks, (total, number, last) = self.context.current.shown(now), numbers
        return self.context.page(
            "incidents.html",
            now,
            overall(tasks.counts()),
            incidents=shown,
            zones=tasks.zones({each.url for each in shown}),
            total=total,
            number=number,
            last=last,
            wanted=wanted,
            narrowed=wanted != IncidentFilter(),
            causes=CAUSES,
            servers=sorted(filter(None, set(tasks.servers)))[:MOST_SERVERS],
            link=lambda page: _query(request.args, page),
        )


def _wanted(parameters: Mapping[str, str]) -> IncidentFilter:
    try:
        cause = chosen(parameters, "cause", CAUSES, "")
    except UnknownFilterError as error:
        raise BadRequest(str(error)) from error
    return IncidentFilter(
        url=parameters.get("url") or None,
        text=parameters.get("q", "")[:SEARCH_LENGTH].strip() or None,
        server=parameters.get("server") or None,
        cause=Cause(cause) if cause else None,
    )


def _query(parameters: Mapping[str, str], page: int) -> str:
    given = {name: parameters[name] for name in _FIELDS if parameters.get(name)}
    return "?" + urlencode(given | ({"page": page} if page > 1 else {}))
