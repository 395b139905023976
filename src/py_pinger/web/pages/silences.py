"""The silences, `/silences`, and the form to silence one task, `/silence/<url>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean
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
from py_pinger.web.security.client_address import client_of
from py_pinger.web.security.csrf import CsrfToken
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.silence_rows import silence_row, window_row
from py_pinger.web.view.task_row import row, title

# Durations in minutes, and their labels.
DURATIONS = {
    "30": "30 minutes",
    "60": "1 hour",
    "120": "2 hours",
    "240": "4 hours",
    "480": "8 hours",
    "1440": "1 day",
    "4320": "3 days",
    "10080": "1 week",
}
DEFAULT_DURATION = "120"

# Characters of a reason and of a user name.
LONGEST_WHY, LONGEST_WHO = 200, 40

NOT_ALLOWED = (
    "Silencing on this page needs a password: set web_password in [main] of pinger.ini,"
    " or run `pinger silence` on the server."
)
FORM_EXPIRED = "This form has expired or was not created by Py Pinger; reload it and submit it again."


@dataclass(frozen=True)
class SilencePage:
    """The routes of the silences; without a password they can only be read."""

    context: PageContext
    csrf: CsrfToken
    password: bool

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/silences", "silences", self.silences)
        app.add_url_rule("/silence/<path:url>", "silence", self.form)
        app.add_url_rule("/silence/<path:url>", "silence_task", self.submit, methods=["POST"])

    def silences(self) -> Response:
        """Return the active silences and the maintenance windows."""
        now, data = self.context.clock(), self.context.data
        silences = [silence_row(each) for each in data.active_silences().silences]
        windows = [window_row(each, now) for each in data.maintenance_windows()]
        if not wants_html(request.args.get("format")):
            return as_json({"silences": silences, "maintenance": windows})
        tag = tag_of(self.context.tag(now), "html")
        if client_has(tag):
            return not_modified(tag)
        page = self.context.page("silences.html", now, "pending", silences=silences, windows=windows)
        return with_tag(as_html(page), tag)

    def form(self, url: str) -> Response:
        """Return the form for one task."""
        self._require_password()
        task, now = self.context.find(url, "silence", frozenset()).task, self.context.clock()
        labels, silences = TaskLabels.of(task).all(), self.context.data.active_silences().silences
        shown = row(task, now)
        page = render_template(
            "silence.html",
            now=now,
            row=shown,
            title=title(shown),
            silences=[silence_row(each) for each in silences if each.matches(labels)],
            durations=DURATIONS,
            default=DEFAULT_DURATION,
            longest=LONGEST_WHY,
            token=self.csrf.issue(task.url),
        )
        return as_html(page)

    def submit(self, url: str) -> WerkzeugResponse:
        """Silence one task, or end a silence, and redirect to the task's page."""
        self._require_password()
        task = self.context.find(url, "silence", frozenset()).task
        if not self.csrf.verify(task.url, request.form.get("mark", ""), request.headers):
            raise Forbidden(FORM_EXPIRED)
        number = request.form.get("lift", "")
        if failure := self._end(number) if number else self._create(task):
            raise ServiceUnavailable(f"The silence could not be stored: {failure}.")
        return redirect(task_page(task.url), 303)

    def _create(self, task: TaskSnapshot) -> str | None:
        duration = request.form.get("for", "")
        if duration not in DURATIONS:
            raise BadRequest(
                f"Invalid duration; use one of these numbers of minutes: {', '.join(DURATIONS)}."
            )
        ends = self.context.clock() + timedelta(minutes=int(duration))
        why = clean(request.form.get("why", ""), LONGEST_WHY)
        return self.context.data.create_silence(task.url, ends, why, _user())

    def _end(self, number: str) -> str | None:
        if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - what a database can number
            raise BadRequest("Invalid silence number.")
        return self.context.data.end_silence(int(number))

    def _require_password(self) -> None:
        if not self.password:
            raise Forbidden(NOT_ALLOWED)


def _user() -> str:
    """Return who sent the request, as far as known: any user name is accepted with the password."""
    given = request.authorization
    name = clean(given.username or "" if given else "", LONGEST_WHO)
    return f"{name or 'somebody'} on the web, {client_of(request.remote_addr or 'no address')}"
