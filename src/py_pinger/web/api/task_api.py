"""Tasks for programs: `/api/tasks/<task>/check` and `/api/tasks/<task>/ack`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.web.api.api_requests import find_task, read_moment, read_object, read_text
from py_pinger.web.http.messages import as_json
from py_pinger.web.pages.actions import Actions
from py_pinger.web.view.silence_rows import acknowledgement_row


@dataclass(frozen=True)
class TaskApi:
    """The routes by which programs have a task checked, and acknowledge its incident."""

    actions: Actions

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        check, ack = "/api/tasks/<path:task>/check", "/api/tasks/<path:task>/ack"
        app.add_url_rule(check, "api_check", self.check, methods=["POST"])
        app.add_url_rule(ack, "api_acknowledge", self.acknowledge, methods=["POST"])
        app.add_url_rule(ack, "api_withdraw", self.withdraw, methods=["DELETE"])

    def check(self, task: str) -> Response:
        """Have a task checked now; the response does not wait for the result."""
        read_object(())
        found = self._find(task)
        self.actions.check(found)
        return as_json({"data": {"url": found.url}}, 202)

    def acknowledge(self, task: str) -> Response:
        """Acknowledge the open incident of a task."""
        values = read_object(("why", "incident_since"))
        since = read_text(values, "incident_since")
        opened = read_moment("incident_since", since).replace(microsecond=0) if since else None
        made = self.actions.acknowledge(self._find(task), read_text(values, "why"), opened)
        return as_json({"data": acknowledgement_row(made)}, 201)

    def withdraw(self, task: str) -> Response:
        """Withdraw the acknowledgement."""
        self.actions.withdraw(self._find(task), None)
        return Response(status=204)

    def _find(self, task: str) -> TaskSnapshot:
        return find_task(self.actions.context, task)
