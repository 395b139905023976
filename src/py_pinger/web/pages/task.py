"""A task's page, `/task/<url>`: how it is, why, and how it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import IncidentFilter, PastSpan
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.times import DAY
from py_pinger.web.http.messages import as_html, as_json, known, not_modified, tag_of, tagged, wants_html
from py_pinger.web.pages.context import Found, PageContext
from py_pinger.web.view.chart import chart
from py_pinger.web.view.gauge import gauge
from py_pinger.web.view.runs import MOST_A_DAY, runs
from py_pinger.web.view.status_text import arithmetic, hint, sentence
from py_pinger.web.view.task_row import TaskRow, title, troubled
from py_pinger.web.view.timeline import TimelineSegment, believed, timeline

OPTIONS = frozenset({"format"})

# Days that a timeline shows, and its heading.
TIMELINES = ((1, "24 hours"), (7, "7 days"), (90, "90 days"))
CHARTS = ((1, "24 hours"), (7, "7 days"))
RUN_DAYS = 7
INCIDENTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class HistoryPeriod:
    """A timeline with its heading, and the share of the known time that was up."""

    heading: str
    since: datetime
    stretches: tuple[TimelineSegment, ...]
    up: float | None


@dataclass(frozen=True)
class TaskPage:
    """The route of a task's page; `silenceable` is whether people may silence it from there."""

    site: PageContext
    silenceable: bool

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/task/<path:url>", "task", self.task)

    def task(self, url: str) -> Response:
        """Answer with one task: 500 while people should look at it, 404 if it is not monitored."""
        found = self.site.find(url, "task", OPTIONS)
        now = self.site.clock()
        shown = self.site.row(found.task_snapshot, now)
        status = 500 if troubled(shown) else 200
        if not wants_html(found.options.get("format")):
            return as_json({"data": shown}, status)
        tag = tag_of(self.site.tag(now), "html")
        if known(tag):
            return not_modified(tag)
        return tagged(as_html(self._html(found, shown, now), status), tag)

    def _html(self, found: Found, shown: TaskRow, now: datetime) -> str:
        snapshot, board = found.task_snapshot, self.site.board
        past = board.runs(snapshot.url, now - RUN_DAYS * DAY, RUN_DAYS * MOST_A_DAY)
        hours = board.latency(snapshot.url, now - 7 * DAY)
        wanted = IncidentFilter(url=snapshot.url)
        answer = board.answer(snapshot.url)
        return self.site.page(
            "task.html",
            now,
            "error" if shown["incident_since"] else shown["status"],
            row=shown,
            title=title(shown),
            silenceable=self.silenceable,
            sentence=sentence(shown, snapshot.state.verdict, now),
            arithmetic=arithmetic(snapshot),
            gauge=gauge(shown, now),
            warnings=[(each.text, hint(each)) for each in snapshot.state.verdict.warnings],
            pasts=self._pasts(snapshot, shown, now),
            run_days=RUN_DAYS,
            runs=runs(past, snapshot.state.verdict.frequency, shown, now),
            charts=[(heading, chart(hours, now - days * DAY, now)) for days, heading in CHARTS],
            incidents=board.incidents(wanted, INCIDENTS_SHOWN),
            incidents_in_all=board.count_incidents(wanted),
            answer=None if answer is None else answer.decode("utf-8", "replace"),
        )

    def _pasts(self, snapshot: TaskSnapshot, shown: TaskRow, now: datetime) -> list[HistoryPeriod]:
        oldest = now - TIMELINES[-1][0] * DAY
        spans = self.site.board.spans([snapshot.url], oldest).get(snapshot.url, ())
        seen = believed(spans, shown, now)
        return [_past(heading, seen, now - days * DAY, now) for days, heading in TIMELINES]


def _past(heading: str, spans: Sequence[PastSpan], since: datetime, now: datetime) -> HistoryPeriod:
    return HistoryPeriod(heading, since, timeline(spans, since, now), uptime(spans, since, now))
