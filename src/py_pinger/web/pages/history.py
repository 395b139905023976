"""The history of a task as JSON: `/history/<url>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import Flask, Response

from py_pinger.core.evaluation.statistics import cadence, uptime
from py_pinger.core.model.history import LatencyHour, PastRun, PastSpan
from py_pinger.core.times import DAY
from py_pinger.web.http.messages import as_json
from py_pinger.web.pages.context import PageContext
from py_pinger.web.view.runs import MOST_A_DAY
from py_pinger.web.view.task_row import row
from py_pinger.web.view.timeline import observed

OPTIONS = frozenset({"days", "limit"})

# Days of history, and entries of each list: by default, and at most.
DAYS, MOST_DAYS = 7, 90
LIMIT, MOST = 200, 1000
UPTIMES = (1, 7, 90)

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class HistoryPage:
    """The route of a task's history."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/history/<path:url>", "history", self.history)

    def history(self, url: str) -> Response:
        """Return a task's spans, runs, response times and uptime; the newest of each list."""
        found = self.context.find(url, "history", OPTIONS)
        task, now, history = found.task, self.context.clock(), self.context.data.history
        days = _number(found.options, "days", DAYS, MOST_DAYS)
        limit = _number(found.options, "limit", LIMIT, MOST)
        since = now - days * DAY
        stored = history.spans([task.url], now - MOST_DAYS * DAY).get(task.url, ())
        spans = observed(stored, row(task, now), now)
        runs = history.runs(task.url, since, days * MOST_A_DAY)
        rhythm = cadence(runs, task.state.verdict.frequency)
        content = {
            "url": task.url,
            "since": since,
            "uptime": {str(each): uptime(spans, now - each * DAY, now) for each in UPTIMES},
            "cadence": {**asdict(rhythm), "on_time_rate": rhythm.on_time_rate},
            "spans": _newest([span for span in spans if span.ended and span.ended > since], limit),
            "runs": [_run(run) for run in runs[:limit]],
            "latency": [_hour(hour) for hour in history.latency(task.url, since)][-limit:],
        }
        return as_json({"data": content})


def _newest(spans: Sequence[PastSpan], limit: int) -> list[PastSpan]:
    return list(reversed(spans))[:limit]


def _run(run: PastRun) -> dict[str, object]:
    return {
        "lastrun": run.lastrun,
        "seen": run.seen,
        "due": run.due,
        "healthy": run.healthy,
        "reason": run.reason,
        "duration_ms": None if run.duration is None else round(run.duration / _MILLISECOND),
        "exit_code": run.exit_code,
    }


def _hour(hour: LatencyHour) -> dict[str, datetime | float]:
    return {
        "hour": hour.hour,
        "checks": hour.checks,
        "failures": hour.failures,
        "mean_ms": round(hour.mean / _MILLISECOND, 1),
        "least_ms": round(hour.least / _MILLISECOND, 1),
        "greatest_ms": round(hour.greatest / _MILLISECOND, 1),
    }


def _number(options: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a number from the parameters, limited to 1 and the most allowed."""
    text = options.get(name, "")
    return max(1, min(int(text), most)) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004 - digits
