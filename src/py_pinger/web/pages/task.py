"""The page of a task, `/task/<url>`: its status, why, and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from py_pinger.core.model.history import IncidentFilter
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.model.task import Task
from py_pinger.core.push.sender_lines import SenderLines, masked_lines
from py_pinger.core.text.urls import MASK
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
from py_pinger.web.pages.silences import DURATIONS
from py_pinger.web.past.reader_zone import COOKIE, ReaderZone, reader_zone
from py_pinger.web.past.task_past import RUN_DAYS, create_past
from py_pinger.web.view.filters import task_page
from py_pinger.web.view.gauge import gauge
from py_pinger.web.view.status_text import arithmetic, hint, sentence
from py_pinger.web.view.task_row import TaskRow, is_failing, is_pushed, title

OPTIONS = frozenset({"format"})

INCIDENTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """The tasks that are pushed; `url` is their address of Py Pinger, None if it is the one of browsers."""

    tasks: Sequence[Task] = ()
    url: str | None = None


@dataclass(frozen=True)
class TaskPage:
    """The route of a task's page; `silenceable` is whether people may silence it there.

    `senders` is None where no task is pushed. With an `act_token` the page has buttons.
    """

    context: PageContext
    senders: SenderSettings | None
    silenceable: bool
    act_token: str | None

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/task/<path:url>", "task", self.task)

    def task(self, url: str) -> Response:
        """Return one task: with 500 while it needs attention, 404 if it is not monitored."""
        found = self.context.find(url, "task", OPTIONS)
        now = self.context.clock()
        shown = self.context.row(found.task, now)
        status = 500 if is_failing(shown) else 200
        if not wants_html(found.options.get("format")):
            return as_json({"data": shown}, status)
        zone = reader_zone(request.cookies.get(COOKIE))
        tag = tag_of(self.context.tag(now), "html", zone.name)
        if client_has(tag):
            return not_modified(tag)
        return with_tag(as_html(self._html(found.task, shown, zone, now), status), tag)

    def _html(self, task: TaskSnapshot, shown: TaskRow, zone: ReaderZone, now: datetime) -> str:
        history, url, verdict = self.context.history, task.url, task.state.verdict
        answer = history.answer(url)
        return self.context.page(
            "task.html",
            now,
            "error" if shown["incident_since"] else shown["status"],
            row=shown,
            title=title(shown),
            linked=_is_linkable(url),
            silenceable=self.silenceable,
            token=self.act_token,
            durations=DURATIONS,
            sentence=sentence(shown, verdict, now),
            arithmetic=arithmetic(task),
            gauge=gauge(shown, now),
            warnings=[(each.text, hint(each)) for each in verdict.warnings],
            past=create_past(history, shown, verdict.frequency, zone, now),
            run_days=RUN_DAYS,
            incidents=history.incidents(IncidentFilter(url=url), INCIDENTS_SHOWN),
            total_incidents=history.count_incidents(IncidentFilter(url=url)),
            badge=self._badge(url),
            pushed=is_pushed(shown),
            log=history.log(url) if is_pushed(shown) else None,
            sending=self._sending(url),
            answer=None if answer is None else answer.decode("utf-8", "replace"),
        )

    def _badge(self, url: str) -> str:
        """Return the address of the badge: absolute if the settings have one, since it is for other sites."""
        path = f"{task_page(url, 'badge')}.svg"
        return self.context.absolute(path) if self.context.link else path

    def _sending(self, url: str) -> SenderLines | None:
        """Return the lines by which a task sends its reports, without its secret; None if it is polled."""
        senders = self.senders or SenderSettings()
        task = next((each for each in senders.tasks if each.url == url), None)
        if task is None or task.push is None:
            return None
        return masked_lines(senders.url or self.context.root, task.push, task.expectations)


def _is_linkable(url: str) -> bool:
    """Return True if a URL leads to the task's page: it is not pushed, and no secret is masked in it."""
    return url.startswith(("http://", "https://")) and MASK not in url
