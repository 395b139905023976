"""The silences, `/silences`, and the forms: `/silences/new`, and of one task `/silence/<url>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches
from py_pinger.web.http.messages import (
    as_html,
    as_json,
    client_has,
    not_modified,
    tag_of,
    wants_html,
    with_tag,
)
from py_pinger.web.pages.actions import LONGEST_WHY, Actions
from py_pinger.web.pages.context import PageContext
from py_pinger.web.security.csrf import CsrfToken
from py_pinger.web.tasks.task_filter import SEARCH_LENGTH
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.silence_rows import acknowledgement_row, silence_row, window_row
from py_pinger.web.view.task_row import row, title

# Durations in minutes, and their labels.
DURATIONS: Final = {
    "30": "30 minutes",
    "60": "1 hour",
    "120": "2 hours",
    "240": "4 hours",
    "480": "8 hours",
    "1440": "1 day",
    "4320": "3 days",
    "10080": "1 week",
}
DEFAULT_DURATION: Final = "120"

# Matching tasks that a preview names.
MOST_NAMED: Final = 20

NOT_ALLOWED: Final = (
    "Changes on the pages need a password: set web_password in [main] of pinger.ini,"
    " or run `pinger silence` or `pinger ack` on the server."
)
FORM_EXPIRED: Final = "This form has expired or was not created by Py Pinger; reload it and submit it again."

# What the forms of /silences are about, and the buttons of all tasks, so that a page needs one token.
_SUBJECT: Final = "silences"
ACT_SUBJECT: Final = "act"


@dataclass(frozen=True)
class FormGate:
    """Who may submit forms: people with the password, from a page of this process."""

    csrf: CsrfToken
    password: bool

    def require_password(self) -> None:
        """Raise Forbidden if the settings have no password."""
        if not self.password:
            raise Forbidden(NOT_ALLOWED)

    def token(self, subject: str) -> str | None:
        """Return the token of a form about this subject, None if there are no forms."""
        return self.csrf.issue(subject) if self.password else None

    def verify(self, subject: str) -> None:
        """Raise Forbidden unless the submitted form is one about this subject."""
        self.require_password()
        if not self.csrf.verify(subject, request.form.get("mark", ""), request.headers):
            raise Forbidden(FORM_EXPIRED)


def _chosen_length() -> timedelta:
    """Return the length that the submitted form has chosen. Raises BadRequest for another one."""
    minutes = request.form.get("for", "")
    if minutes not in DURATIONS:
        raise BadRequest(f"Invalid duration; use one of these numbers of minutes: {', '.join(DURATIONS)}.")
    return timedelta(minutes=int(minutes))


@dataclass(frozen=True)
class SilencePage:
    """The routes of the silences; without a password they can only be read."""

    actions: Actions
    gate: FormGate

    @property
    def context(self) -> PageContext:
        """What all pages share."""
        return self.actions.context

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/silences", "silences", self.silences)
        app.add_url_rule("/silences", "change_silences", self.change, methods=["POST"])
        app.add_url_rule("/silences/new", "new_silence", self.new)
        app.add_url_rule("/silence/<path:url>", "silence", self.form)
        app.add_url_rule("/silence/<path:url>", "silence_task", self.submit, methods=["POST"])

    def silences(self) -> Response:
        """Return the active silences, the acknowledgements and the maintenance windows."""
        now, active = self.context.clock(), self.context.data.active_silences()
        values = {
            "silences": [silence_row(each) for each in active.silences],
            "acknowledgements": [acknowledgement_row(each) for each in active.acknowledgements.values()],
            "maintenance": [window_row(each, now) for each in self.context.data.maintenance_windows()],
        }
        if not wants_html(request.args.get("format")):
            return as_json(values)
        tag = tag_of(self.context.tag(now), "html")
        if client_has(tag):
            return not_modified(tag)
        titles = self.context.current.shown(now).titles(active.acknowledgements)
        tokens = {"token": self.gate.token(_SUBJECT), "act_token": self.gate.token(ACT_SUBJECT)}
        page = self.context.page("silences.html", now, "pending", titles=titles, **tokens, **values)
        return with_tag(as_html(page), tag)

    def new(self) -> Response:
        """Return the form for a silence, with the tasks that the pattern in the URL matches."""
        self.gate.require_password()
        pattern = mask(clean(request.args.get("pattern", "")[:SEARCH_LENGTH]))
        tasks = self.context.data.tasks() if pattern else ()
        found = [each for each in tasks if matches(pattern, TaskLabels.of(each).all())]
        now, given = self.context.clock(), request.args.get("for", "")
        page = render_template(
            "new_silence.html",
            pattern=pattern,
            duration=given if given in DURATIONS else DEFAULT_DURATION,
            why=clean(request.args.get("why", ""), LONGEST_WHY),
            matching=[row(each, now) for each in found[:MOST_NAMED]],
            total=len(found),
            durations=DURATIONS,
            longest=LONGEST_WHY,
            longest_pattern=SEARCH_LENGTH,
            token=self.gate.csrf.issue(_SUBJECT),
        )
        return as_html(page)

    def change(self) -> WerkzeugResponse:
        """Create a silence, or end one, and redirect to the list."""
        self.gate.verify(_SUBJECT)
        if number := request.form.get("lift", ""):
            self._end(number)
        else:
            self._create(request.form.get("pattern", ""))
        return redirect(url_for("silences"), 303)

    def form(self, url: str) -> Response:
        """Return the form for one task."""
        self.gate.require_password()
        task, now = self.context.find(url, "silence", frozenset()).task, self.context.clock()
        labels, silences = TaskLabels.of(task).all(), self.context.data.active_silences().silences
        shown = self.context.row(task, now)
        page = render_template(
            "silence.html",
            now=now,
            row=shown,
            title=title(shown),
            silences=[silence_row(each) for each in silences if each.matches(labels)],
            durations=DURATIONS,
            default=DEFAULT_DURATION,
            longest=LONGEST_WHY,
            token=self.gate.csrf.issue(task.url),
            act_token=self.gate.csrf.issue(ACT_SUBJECT),
        )
        return as_html(page)

    def submit(self, url: str) -> WerkzeugResponse:
        """Silence one task, or end a silence, and redirect to the task's page."""
        self.gate.require_password()
        task = self.context.find(url, "silence", frozenset()).task
        self.gate.verify(task.url)
        if number := request.form.get("lift", ""):
            self._end(number)
        else:
            self._create(task.url)
        return redirect(task_page(task.url), 303)

    def _create(self, pattern: str) -> None:
        ends = self.context.clock() + _chosen_length()
        self.actions.create_silence(pattern, ends, request.form.get("why", ""))

    def _end(self, number: str) -> None:
        if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - what a database can number
            raise BadRequest("Invalid silence number.")
        self.actions.end_silence(int(number))
