"""The health of Py Pinger itself: `/healthz` in short, `/health` in full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Flask, Response, request

from py_pinger.core.model.health import Health, HealthWarning, Problem, ProblemKind
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
from py_pinger.web.tasks.summary import overall


@dataclass(frozen=True)
class HealthPage:
    """The routes of Py Pinger's own health."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/healthz", "healthz", self.healthz)
        app.add_url_rule("/health", "health", self.health)

    def healthz(self) -> Response:
        """Return whether Py Pinger itself works, with 503 if not."""
        health = self.context.data.monitor.health()
        if not health.well:
            return as_json({"status": "error", "problems": _texts(health.problems)}, 503)
        warnings = _texts(health.warnings)
        return as_json({"status": "ok", **({"warnings": warnings} if warnings else {})})

    def health(self) -> Response:
        """Return all that is known of Py Pinger's health, with 503 if there is a problem."""
        now = self.context.clock()
        health = self.context.data.monitor.health()
        status = 200 if health.well else 503
        if not wants_html(request.args.get("format")):
            return as_json({"data": self._details(health)}, status)
        tag = tag_of(self.context.tag(now), now.second // 5, "html")
        if client_has(tag):
            return not_modified(tag)
        return with_tag(as_html(self._html(health, now), status), tag)

    def _html(self, health: Health, now: datetime) -> str:
        counts = self.context.current.shown(now).counts()
        problem = next((each.text for each in health.problems if each.kind is ProblemKind.STORE), None)
        return self.context.page("health.html", now, overall(counts), tasks=counts.total, database=problem)

    def _details(self, health: Health) -> dict[str, object]:
        return {
            "status": "ok" if health.well else "error",
            "problems": _texts(health.problems),
            "warnings": _texts(health.warnings),
            **asdict(self.context.data.monitor.loop_stats()),
            "channels": self.context.data.channels() if self.context.is_readable else (),
        }


def _texts(findings: Iterable[Problem | HealthWarning]) -> list[str]:
    return [each.text for each in findings]
