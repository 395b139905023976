"""The overview, `/`: all tasks, those that need attention first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from py_pinger.core.push.sender_lines import example_lines
from py_pinger.core.times import DAY
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    not_modified,
    tag_of,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.context import PageContext
from py_pinger.web.view.grouping import create_cards, create_task_list
from py_pinger.web.view.summary import count_by_status, headline, overall
from py_pinger.web.view.task_filter import (
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
from py_pinger.web.view.task_row import TaskRow


@dataclass(frozen=True)
class OverviewPage:
    """The route of the overview; with an `act_token` failing tasks have buttons."""

    context: PageContext
    act_token: str | None

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/", "overview", self.overview)

    def overview(self) -> Response:
        """Return the tasks that match the filter; 304 if the client has this version."""
        now, task_filter = self.context.clock(), _task_filter()
        if wants_html(request.args.get("format")):
            tag = tag_of(self.context.tag(now), "html")
            return not_modified(tag) if client_has(tag) else with_tag(self._html(task_filter, now), tag)
        stamp = self.context.row_cache.stamp(now)
        tag = tag_of(self.context.instance, stamp, task_filter, request.args.get("page"))
        return not_modified(tag) if client_has(tag) else with_tag(self._json(task_filter, now), tag)

    def _json(self, task_filter: TaskFilter, now: datetime) -> Response:
        rows: Sequence[TaskRow] = self.context.row_cache.rows(now)
        if task_filter.narrowed or request.args.get("sort"):
            rows = task_filter.apply(rows)
        if "page" not in request.args:
            return as_json({"data": rows})
        total, last = len(rows), count_pages(len(rows), PAGE_SIZE)
        shown = rows[(task_filter.page - 1) * PAGE_SIZE : task_filter.page * PAGE_SIZE]
        return as_json({"data": shown, "total": total, "page": task_filter.page, "pages": last})

    def _html(self, task_filter: TaskFilter, now: datetime) -> Response:
        rows = self.context.row_cache.rows(now)
        listed = create_task_list(rows, task_filter)
        urls = [row["url"] for row in listed.rows]
        spans = self.context.history.spans(urls, now - DAY) if self.context.is_readable else {}
        page = self.context.page(
            "overview.html",
            now,
            overall(rows),
            headline=headline(rows),
            counts=count_by_status(rows),
            listed=listed,
            attention_status=ATTENTION,
            cards=create_cards(listed.rows, spans, now),
            task_filter=task_filter,
            total=len(rows),
            statuses=STATUSES,
            causes=CAUSES,
            sorts=tuple(SORTS),
            groupings=GROUPS,
            views=VIEWS,
            token=self.act_token,
            sending=None if rows else example_lines(self.context.root),
        )
        return as_html(page)


def _task_filter() -> TaskFilter:
    try:
        return TaskFilter.parse(request.args)
    except UnknownFilterError as error:
        raise BadRequest(str(error)) from error
