"""The buttons on failing rows and on the pages of tasks: `/act/<url>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl

from flask import Flask, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.web.pages.actions import Actions
from py_pinger.web.pages.silences import FormGate, chosen_length
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.task_filter import TaskFilter, UnknownFilterError

# What the forms are about: all tasks, so that a page needs one token.
SUBJECT: Final = "act"

_ACTIONS: Final = ("check", "ack", "unack", "hour", "silence")
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class TaskActionPage:
    """The route of the buttons; without a password it is closed."""

    actions: Actions
    gate: FormGate

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/act/<path:url>", "act", self.act, methods=["POST"])

    def act(self, url: str) -> WerkzeugResponse:
        """Do what the button says, and redirect to the page that it was on."""
        self.gate.require_password()
        task = self.actions.context.find(url, "act", frozenset()).task
        self.gate.verify(SUBJECT)
        self._do(request.form.get("do", ""), task, request.form.get("why", ""))
        return redirect(_page(request.form.get("back", ""), task), 303)

    def _do(self, action: str, task: TaskSnapshot, why: str) -> None:
        now = self.actions.context.clock()
        match action:
            case "check":
                self.actions.check(task)
            case "ack":
                self.actions.acknowledge(task, why)
            case "unack":
                self.actions.withdraw(task)
            case "hour":
                self.actions.create_silence(task.url, now + _HOUR, why)
            case "silence":
                self.actions.create_silence(task.url, now + chosen_length(), why)
            case _:
                raise BadRequest(f"Invalid action; use one of {', '.join(_ACTIONS)}.")


def _page(back: str, task: TaskSnapshot) -> str:
    """Return the address of the page that a form was on."""
    if back == "silences":
        return url_for("silences")
    if not back.startswith("?"):
        return task_page(task.url)
    try:
        # Parsed and written again: a form leads to no page but one of Py Pinger.
        return url_for("overview") + TaskFilter.parse(dict(parse_qsl(back[1:]))).query().removesuffix("?")
    except UnknownFilterError:
        return url_for("overview")
