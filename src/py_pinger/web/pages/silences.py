"""Who is silenced, `/silences`, and the form to silence one task or to end that, `/silence/<url>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean, cut
from py_pinger.web.http.messages import as_html, as_json, known, not_modified, tag_of, tagged, wants_html
from py_pinger.web.pages.context import PageContext
from py_pinger.web.security.client_address import client
from py_pinger.web.security.csrf import CsrfToken
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.silence_rows import silence_row, window_row
from py_pinger.web.view.task_row import row, title

# For how long, in minutes, and how that is said.
LENGTHS = {
    "30": "30 minutes",
    "60": "1 hour",
    "120": "2 hours",
    "240": "4 hours",
    "480": "8 hours",
    "1440": "1 day",
    "4320": "3 days",
    "10080": "1 week",
}
USUAL_LENGTH = "120"

# Characters of what people say of themselves and of their reasons.
LONGEST_WHY, LONGEST_WHO = 200, 40

NOBODY_MAY = (
    "Py Pinger takes silences from this page only with a password: set web_password in [main] of pinger.ini,"
    " or run `pinger silence` on its machine."
)
NOT_OURS = "This form is out of date, or from elsewhere: load it again, and send that."


@dataclass(frozen=True)
class SilencePage:
    """The routes about silences; without a password nobody can change any."""

    site: PageContext
    seal: CsrfToken
    password: bool

    def install(self, app: Flask) -> None:
        """Add the routes to the app."""
        app.add_url_rule("/silences", "silences", self.silences)
        app.add_url_rule("/silence/<path:url>", "silence", self.form)
        app.add_url_rule("/silence/<path:url>", "silence_task", self.silence, methods=["POST"])

    def silences(self) -> Response:
        """Answer with the silences in force, and the maintenance windows."""
        now, board = self.site.clock(), self.site.board
        silences = [silence_row(each) for each in board.silencing().silences]
        windows = [window_row(each, now) for each in board.windows()]
        if not wants_html(request.args.get("format")):
            return as_json({"silences": silences, "maintenance": windows})
        tag = tag_of(self.site.tag(now), "html")
        if known(tag):
            return not_modified(tag)
        page = self.site.page("silences.html", now, "pending", silences=silences, windows=windows)
        return tagged(as_html(page), tag)

    def form(self, url: str) -> Response:
        """Answer with the form for one task."""
        self._refuse_without_password()
        snapshot, now = self.site.find(url, "silence", frozenset()).task_snapshot, self.site.clock()
        names, silences = TaskLabels.of(snapshot).all(), self.site.board.silencing().silences
        shown = row(snapshot, now)
        page = render_template(
            "silence.html",
            now=now,
            row=shown,
            title=title(shown),
            silences=[silence_row(each) for each in silences if each.matches(names)],
            lengths=LENGTHS,
            usual=USUAL_LENGTH,
            longest=LONGEST_WHY,
            mark=self.seal.mark(snapshot.url),
        )
        return as_html(page)

    def silence(self, url: str) -> WerkzeugResponse:
        """Silence one task, or end a silence, as the form says, and lead back to the task's page."""
        self._refuse_without_password()
        snapshot = self.site.find(url, "silence", frozenset()).task_snapshot
        if not self.seal.proves(snapshot.url, request.form.get("mark", ""), request.headers):
            raise Forbidden(NOT_OURS)
        number = request.form.get("lift", "")
        trouble = self._lift(number) if number else self._begin(snapshot)
        if trouble:
            raise ServiceUnavailable(f"This could not be stored: {trouble}.")
        return redirect(task_page(snapshot.url), 303)

    def _begin(self, snapshot: TaskSnapshot) -> str | None:
        length = request.form.get("for", "")
        if length not in LENGTHS:
            raise BadRequest(f"A silence lasts one of these numbers of minutes: {', '.join(LENGTHS)}.")
        ends = self.site.clock() + timedelta(minutes=int(length))
        why = cut(clean(request.form.get("why", "")), LONGEST_WHY)
        return self.site.board.silence(snapshot.url, ends, why, _who())

    def _lift(self, number: str) -> str | None:
        if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004 - what a database can number
            raise BadRequest("A silence is ended by its number.")
        return self.site.board.lift(int(number))

    def _refuse_without_password(self) -> None:
        if not self.password:
            raise Forbidden(NOBODY_MAY)


def _who() -> str:
    """Return who asks, as far as that is known: any user name will do beside the password."""
    given = request.authorization
    name = cut(clean(given.username or "") if given else "", LONGEST_WHO)
    return f"{name or 'somebody'} on the web, {client(request.remote_addr or 'no address')}"
