"""The page of a task, `/task/<url>`: its status, why, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import IncidentFilter, PastSpan
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.task import Task
from py_pinger.core.push.sender_lines import SenderLines, masked_lines
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
from py_pinger.web.view.chart import MILLISECONDS, create_chart, run_hours, run_unit
from py_pinger.web.view.gauge import gauge
from py_pinger.web.view.runs import MOST_A_DAY, create_run_list
from py_pinger.web.view.status_text import arithmetic, hint, sentence
from py_pinger.web.view.task_row import TaskRow, is_failing, is_pushed, title
from py_pinger.web.view.timeline import TimelineSegment, observed, timeline

OPTIONS = frozenset({"format"})

# Days that a timeline shows, and its heading.
TIMELINES = ((1, "24 hours"), (7, "7 days"), (90, "90 days"))
CHARTS = ((1, "24 hours"), (7, "7 days"))
RUN_DAYS = 7
INCIDENTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class HistoryPeriod:
    """A timeline with its heading, and the uptime of its monitored part."""

    heading: str
    since: datetime
    segments: tuple[TimelineSegment, ...]
    up: float | None


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """The tasks that are pushed; `url` is their address of Py Pinger, None if it is the one of browsers."""

    tasks: Sequence[Task] = ()
    url: str | None = None


@dataclass(frozen=True)
class TaskPage:
    """The route of a task's page; `silenceable` is whether people may silence it there.

    `senders` is None where no task is pushed.
    """

    context: PageContext
    senders: SenderSettings | None
    silenceable: bool

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/task/<path:url>", "task", self.task)

    def task(self, url: str) -> Response:
        """Return one task: with 500 while it needs attention, 404 if it is not monitored."""
        found = self.context.find(url, "task", OPTIONS)
        now = self.context.clock()
        shown = self.context.row(found.task, now)
        status = 500 if is_failing(shown) else 200
        if not wants_html(found.options.get("format")):
            return as_json({"data": shown}, status)
        tag = tag_of(self.context.tag(now), "html")
        if client_has(tag):
            return not_modified(tag)
        return with_tag(as_html(self._html(found.task, shown, now), status), tag)

    def _html(self, task: TaskSnapshot, shown: TaskRow, now: datetime) -> str:
        history, url, verdict = self.context.data.history, task.url, task.state.verdict
        past_runs = history.runs(url, now - RUN_DAYS * DAY, RUN_DAYS * MOST_A_DAY)
        run_times, answer = run_hours(past_runs), history.answer(url)
        hours = run_times or history.latency(url, now - RUN_DAYS * DAY)
        unit = run_unit(run_times) if run_times else MILLISECONDS
        return self.context.page(
            "task.html",
            now,
            "error" if shown["incident_since"] else shown["status"],
            row=shown,
            title=title(shown),
            silenceable=self.silenceable,
            sentence=sentence(shown, verdict, now),
            arithmetic=arithmetic(task),
            gauge=gauge(shown, now),
            warnings=[(each.text, hint(each)) for each in verdict.warnings],
            periods=self._periods(url, shown, now),
            run_days=RUN_DAYS,
            runs=create_run_list(past_runs, verdict.frequency, shown, now),
            charts=[(heading, create_chart(hours, now - days * DAY, now, unit)) for days, heading in CHARTS],
            incidents=history.incidents(IncidentFilter(url=url), INCIDENTS_SHOWN),
            total_incidents=history.count_incidents(IncidentFilter(url=url)),
            shows_runs=bool(run_times),
            pushed=is_pushed(shown),
            log=history.log(url) if is_pushed(shown) else None,
            sending=self._sending(url),
            answer=None if answer is None else answer.decode("utf-8", "replace"),
        )

    def _sending(self, url: str) -> SenderLines | None:
        """Return the lines by which a task sends its reports, without its secret; None if it is polled."""
        senders = self.senders or SenderSettings()
        task = next((each for each in senders.tasks if each.url == url), None)
        if task is None or task.push is None:
            return None
        return masked_lines(senders.url or self.context.root, task.push, task.expectations)

    def _periods(self, url: str, shown: TaskRow, now: datetime) -> list[HistoryPeriod]:
        oldest = now - TIMELINES[-1][0] * DAY
        spans = observed(self.context.data.history.spans([url], oldest).get(url, ()), shown, now)
        return [_period(heading, spans, now - days * DAY, now) for days, heading in TIMELINES]


def _period(heading: str, spans: Sequence[PastSpan], since: datetime, now: datetime) -> HistoryPeriod:
    return HistoryPeriod(heading, since, timeline(spans, since, now), uptime(spans, since, now))
