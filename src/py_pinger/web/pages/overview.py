"""The overview, `/`: all tasks, those that need attention first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from py_pinger.core.push.sender_lines import example_lines
from py_pinger.core.times import DAY
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    as_json_list,
    client_has,
    not_modified,
    tag_of,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.context import PageContext
from py_pinger.web.tasks.grouping import create_cards, create_task_list
from py_pinger.web.tasks.row_cache import RowCache
from py_pinger.web.tasks.summary import count_by_status, headline, overall
from py_pinger.web.tasks.task_filter import (
    ATTENTION,
    CAUSES,
    GROUPS,
    PAGE_SIZE,
    SORTS,
    STATUSES,
    VIEWS,
    TaskFilter,
    UnknownFilterError,
    count_pages,
)


@dataclass(frozen=True)
class OverviewPage:
    """The route of the overview; with an `act_token` failing tasks have buttons."""

    context: PageContext
    act_token: str | None
    row_cache: RowCache = field(default_factory=RowCache)

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/", "overview", self.overview)

    def overview(self) -> Response:
        """Return the tasks that match the filter; 304 if the client has this version."""
        now, task_filter = self.context.clock(), _task_filter()
        if wants_html(request.args.get("format")):
            tag = tag_of(self.context.tag(now), "html")
            return not_modified(tag) if client_has(tag) else with_tag(self._html(task_filter, now), tag)
        stamp = self.context.current.stamp(now)
        tag = tag_of(self.context.instance, stamp, task_filter, request.args.get("page"))
        return not_modified(tag) if client_has(tag) else with_tag(self._json(task_filter, now), tag)

    def _json(self, task_filter: TaskFilter, now: datetime) -> Response:
        shown = self.context.current.shown(now)
        is_whole = not task_filter.narrowed and not request.args.get("sort")
        if is_whole and "page" not in request.args:
            return as_json_list(self.row_cache.rows(shown))
        places = range(len(shown.tasks)) if is_whole else task_filter.apply(shown)
        if "page" not in request.args:
            return as_json_list(shown.row(shown.tasks[place]) for place in places)
        total, last = len(places), count_pages(len(places), PAGE_SIZE)
        listed = places[(task_filter.page - 1) * PAGE_SIZE : task_filter.page * PAGE_SIZE]
        rows = [shown.row(shown.tasks[place]) for place in listed]
        return as_json({"data": rows, "total": total, "page": task_filter.page, "pages": last})

    def _html(self, task_filter: TaskFilter, now: datetime) -> Response:
        shown = self.context.current.shown(now)
        counts, listed = shown.counts(), create_task_list(shown, task_filter)
        rows = [shown.row(task) for task in listed.tasks]
        urls = [row["url"] for row in rows]
        spans = self.context.history.spans(urls, now - DAY) if self.context.is_readable else {}
        page = self.context.page(
            "overview.html",
            now,
            overall(counts),
            headline=headline(counts),
            counts=count_by_status(counts),
            listed=listed,
            attention_status=ATTENTION,
            cards=create_cards(rows, spans, now),
            task_filter=task_filter,
            total=counts.total,
            statuses=STATUSES,
            causes=CAUSES,
            sorts=SORTS,
            groupings=GROUPS,
            views=VIEWS,
            token=self.act_token,
            sending=None if shown.tasks else example_lines(self.context.root),
        )
        return as_html(page)


def _task_filter() -> TaskFilter:
    try:
        return TaskFilter.parse(request.args)
    except UnknownFilterError as error:
        raise BadRequest(str(error)) from error
