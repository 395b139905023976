"""How Py Pinger itself is doing: `/healthz` in a word, `/health` whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Flask, Response, request

from py_pinger.core.model.health import Health, HealthWarning, Problem, ProblemKind
from py_pinger.web.http.messages import as_html, as_json, known, not_modified, tag_of, tagged, wants_html
from py_pinger.web.pages.context import PageContext
from py_pinger.web.view.summary import overall


@dataclass(frozen=True)
class HealthPage:
    """The routes of Py Pinger's own health."""

    site: PageContext

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/healthz", "healthz", self.healthz)
        app.add_url_rule("/health", "health", self.health)

    def healthz(self) -> Response:
        """Answer whether Py Pinger itself is well."""
        health = self.site.board.health()
        if not health.well:
            return as_json({"status": "error", "problems": _texts(health.problems)}, 503)
        warnings = _texts(health.warnings)
        return as_json({"status": "ok", **({"warnings": warnings} if warnings else {})})

    def health(self) -> Response:
        """Answer with all that is known of Py Pinger's health; 503 where something does not move."""
        now, board = self.site.clock(), self.site.board
        health = board.health()
        status = 200 if health.well else 503
        if not wants_html(request.args.get("format")):
            return as_json({"data": self._facts(health)}, status)
        tag = tag_of(self.site.tag(now), now.second // 5, "html")
        if known(tag):
            return not_modified(tag)
        return tagged(as_html(self._html(health, now), status), tag)

    def _html(self, health: Health, now: datetime) -> str:
        rows = self.site.roster.rows(now)
        store = next((each.text for each in health.problems if each.kind is ProblemKind.STORE), None)
        return self.site.page("health.html", now, overall(rows), tasks=len(rows), store=store)

    def _facts(self, health: Health) -> dict[str, object]:
        return {
            "status": "ok" if health.well else "error",
            "problems": _texts(health.problems),
            "warnings": _texts(health.warnings),
            **asdict(self.site.board.pulse()),
            "channels": self.site.board.channels(),
        }


def _texts(findings: Iterable[Problem | HealthWarning]) -> list[str]:
    return [each.text for each in findings]
