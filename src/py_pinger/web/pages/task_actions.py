"""The buttons of tasks, in the overview and on their pages: `/act`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from flask import Flask, redirect, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.times import read_utc
from py_pinger.web.pages.actions import Actions
from py_pinger.web.pages.context import NOT_MONITORED
from py_pinger.web.pages.silences import ACT_SUBJECT, DURATIONS, FormGate
from py_pinger.web.tasks.task_filter import TaskFilter, UnknownFilterError
from py_pinger.web.view.filters import key, task_page

_ACTIONS: Final = ("check", "ack", "unack", *DURATIONS)


@dataclass(frozen=True)
class TaskActionPage:
    """The route of the buttons; without a password it is closed."""

    actions: Actions
    gate: FormGate

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/act", "act", self.act, methods=["POST"])

    def act(self) -> WerkzeugResponse:
        """Do what the button says, and return to the page it was on.

        `ACTION KEY` with the key of a task; `ack` and `unack` also have the incident that the page showed, by
        the second in which it opened: the task may have recovered and failed again since.
        """
        self.gate.verify(ACT_SUBJECT)
        action, wanted, since = [*request.form.get("do", "").split(" ", 2), "", ""][:3]
        if action not in _ACTIONS:
            raise BadRequest(f"Invalid action; use one of {', '.join(_ACTIONS)}, a blank, and a task's key.")
        task = self._find(wanted)
        self._do(action, task, since, request.form.get("why", ""))
        return redirect(_page(request.form.get("back", ""), task), 303)

    def _find(self, wanted: str) -> TaskSnapshot:
        task = next((each for each in self.actions.context.data.tasks() if key(each.url) == wanted), None)
        if task is None:
            raise NotFound(NOT_MONITORED)
        return task

    def _do(self, action: str, task: TaskSnapshot, since: str, why: str) -> None:
        match action:
            case "check":
                self.actions.check(task)
            case "ack":
                self.actions.acknowledge(task, why, _opened(since))
            case "unack":
                self.actions.withdraw(task, _opened(since))
            case minutes:
                ends = self.actions.context.clock() + timedelta(minutes=int(minutes))
                self.actions.create_silence(task.url, ends, why)


def _opened(since: str) -> datetime:
    opened = read_utc(since)
    if opened is None:
        raise BadRequest("Invalid incident; reload the page and submit the form again.")
    return opened.replace(microsecond=0)


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
