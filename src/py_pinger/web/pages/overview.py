"""The overview, `/`: all tasks, what needs people first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from py_pinger.core.times import DAY
from py_pinger.web.http.messages import as_html, as_json, known, not_modified, tag_of, tagged, wants_html
from py_pinger.web.pages.context import PageContext
from py_pinger.web.view.grouping import cards, grouped, page_of
from py_pinger.web.view.summary import counts, headline, needing_attention, overall
from py_pinger.web.view.task_filter import (
    ATTENTION,
    CAUSES,
    GROUPS,
    PAGE_SIZE,
    SORTS,
    STATUSES,
    TaskFilter,
    pages,
)
from py_pinger.web.view.task_row import TaskRow

# Tasks in trouble that stand on top with their reasons; the rest are a link away.
MOST_ON_TOP = 10


@dataclass(frozen=True)
class OverviewPage:
    """The route of the overview."""

    site: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/", "overview", self.overview)

    def overview(self) -> Response:
        """Answer with the tasks that are asked for; what has not changed is not sent again."""
        now, choice = self.site.clock(), TaskFilter.read(request.args)
        if wants_html(request.args.get("format")):
            tag = tag_of(self.site.tag(now), "html")
            return not_modified(tag) if known(tag) else tagged(self._html(choice, now), tag)
        tag = tag_of(self.site.edition, self.site.roster.stamp(now), choice, request.args.get("page"))
        return not_modified(tag) if known(tag) else tagged(self._json(choice, now), tag)

    def _json(self, choice: TaskFilter, now: datetime) -> Response:
        rows: Sequence[TaskRow] = self.site.roster.rows(now)
        if choice.narrowed or request.args.get("sort"):
            rows = choice.of(rows)
        if "page" not in request.args:
            return as_json({"data": rows})
        total, last = len(rows), pages(len(rows), PAGE_SIZE)
        shown = rows[(choice.page - 1) * PAGE_SIZE : choice.page * PAGE_SIZE]
        return as_json({"data": shown, "total": total, "page": choice.page, "pages": last})

    def _html(self, choice: TaskFilter, now: datetime) -> Response:
        rows = self.site.roster.rows(now)
        chosen, amiss = choice.of(rows), needing_attention(rows)
        last = pages(len(chosen), PAGE_SIZE)
        number = min(choice.page, last)
        shown = page_of(grouped(chosen, choice.group), (number - 1) * PAGE_SIZE, PAGE_SIZE)
        flat = [row for group in shown for row in group.rows]
        spans = self.site.board.spans([row["url"] for row in flat], now - DAY)
        page = self.site.page(
            "overview.html",
            now,
            overall(rows),
            headline=headline(rows),
            counts=counts(rows),
            amiss=amiss[:MOST_ON_TOP],
            more_amiss=len(amiss) - MOST_ON_TOP,
            groups=shown,
            cards=cards(flat, spans, now),
            choice=choice,
            total=len(rows),
            found=len(chosen),
            number=number,
            last=last,
            statuses=STATUSES,
            causes=CAUSES,
            sorts=tuple(SORTS),
            groupings=GROUPS,
            attention=ATTENTION,
        )
        return as_html(page)
