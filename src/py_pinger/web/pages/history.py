"""The history of a task, `/history/<url>`: a page for people, JSON and CSV for programs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import LatencyHour, PastSpan
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.times import DAY
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    not_modified,
    tag_of,
    vary_on_accept,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.context import FoundTask, PageContext
from py_pinger.web.past.history_choice import (
    MOST_DAYS,
    OPTIONS,
    HistoryChoice,
    chosen_history,
    chosen_page,
    number,
    write_moment,
)
from py_pinger.web.past.history_view import create_history, spans_since
from py_pinger.web.past.reader_zone import COOKIE, UnknownDayError, named_zone, reader_zone
from py_pinger.web.past.run_row import csv_heading, csv_lines, run_row
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.task_row import title

# Entries of each list of JSON: by default, and at most.
LIMIT, MOST = 200, 1000
UPTIMES = (1, 7, 90)
# Runs that are read and sent at a time as CSV.
CHUNK = 1000

_MILLISECOND = timedelta(milliseconds=1)
_FOR_FILES = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class HistoryPage:
    """The route of a task's history."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/history/<path:url>", "history", self.history)

    def history(self, url: str) -> Response:
        """Return the history of a task in the format that the client prefers."""
        found = self.context.find(url, "history", OPTIONS)
        form, now = found.options.get("format"), self.context.clock()
        try:
            if form != "csv" and wants_html(form):
                zone = reader_zone(request.cookies.get(COOKIE))
                return self._page(found.task, chosen_page(found.options, zone), now)
            choice = chosen_history(found.options, named_zone(found.options.get("zone") or "UTC"), now)
        except UnknownDayError as error:
            raise BadRequest(str(error)) from error
        if form == "csv":
            return self._csv(found.task, choice)
        return self._json(found, choice, now)

    def _page(self, task: TaskSnapshot, choice: HistoryChoice, now: datetime) -> Response:
        tag = tag_of(self.context.tag(now), "html", choice.zone.name)
        if client_has(tag):
            return not_modified(tag)
        shown = self.context.row(task, now)
        frequency = task.state.verdict.frequency
        page = self.context.page(
            "history.html",
            now,
            "error" if shown["incident_since"] else shown["status"],
            row=shown,
            title=title(shown),
            zone=choice.zone,
            today=choice.zone.day(now),
            view=create_history(self.context.history, shown, frequency, choice, now),
            link=lambda **options: _link(task.url, options),
            exported=_exported(choice),
        )
        return with_tag(as_html(page), tag)

    def _json(self, found: FoundTask, choice: HistoryChoice, now: datetime) -> Response:
        """Return spans, runs, response times and uptime; the newest of each list."""
        task, history, (since, until) = found.task, self.context.history, choice.period
        limit = number(found.options, "limit", LIMIT, MOST)
        spans = spans_since(history, self.context.row(task, now), now - MOST_DAYS * DAY, now)
        runs = history.runs(task.url, since, limit, until)
        rhythm = history.cadence(task.url, since, task.state.verdict.frequency, until)
        content = {
            "url": task.url,
            "since": since,
            "uptime": {str(each): uptime(spans, now - each * DAY, now) for each in UPTIMES},
            "cadence": {**asdict(rhythm), "on_time_rate": rhythm.on_time_rate},
            "spans": _newest([span for span in spans if _reaches_into(span, since, until)], limit),
            "runs": [run_row(run) for run in runs],
            "latency": [_hour(each) for each in history.latency(task.url, since) if each.hour < until][
                -limit:
            ],
        }
        return as_json({"data": content})

    def _csv(self, task: TaskSnapshot, choice: HistoryChoice) -> Response:
        """Return all runs of a period, the newest first; read and sent in parts."""
        parts = self._parts(task.url, choice)
        # Read before the response begins, so that an error is shown instead.
        first = next(parts, "")
        name = _FOR_FILES.sub("-", title(self.context.row(task, choice.since))).strip("-")[:60]
        response = Response(_all(first, parts), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="runs-{name}.csv"'
        return vary_on_accept(response)

    def _parts(self, url: str, choice: HistoryChoice) -> Iterator[str]:
        runs, until = self.context.history.runs(url, choice.since, CHUNK, choice.until), choice.until
        while runs:
            yield csv_lines(runs)
            until = runs[-1].lastrun
            runs = self.context.history.runs(url, choice.since, CHUNK, until)


def _all(first: str, parts: Iterator[str]) -> Iterator[str]:
    yield csv_heading() + first
    yield from parts


def _link(url: str, options: Mapping[str, object]) -> str:
    """Return the address of a page of the history; options without a value are left out."""
    given = {name: _text(value) for name, value in options.items() if value}
    return task_page(url, "history") + (f"?{urlencode(given)}" if given else "")


def _text(value: object) -> str:
    return write_moment(value) if isinstance(value, datetime) else str(value)


def _exported(choice: HistoryChoice) -> dict[str, object]:
    """Return the parameters with which a program gets the days that are shown."""
    if choice.day is None:
        return {"days": MOST_DAYS}
    return {"day": choice.day, "zone": choice.zone.name if choice.zone.name != "UTC" else None}


def _reaches_into(span: PastSpan, since: datetime, until: datetime) -> bool:
    return span.ended is not None and span.ended > since and span.started < until


def _newest(spans: Sequence[PastSpan], limit: int) -> list[PastSpan]:
    return list(reversed(spans))[:limit]


def _hour(hour: LatencyHour) -> dict[str, datetime | float]:
    return {
        "hour": hour.hour,
        "checks": hour.checks,
        "failures": hour.failures,
        "mean_ms": round(hour.mean / _MILLISECOND, 1),
        "least_ms": round(hour.least / _MILLISECOND, 1),
        "greatest_ms": round(hour.greatest / _MILLISECOND, 1),
    }
