"""The wall, `/wall`: all tasks on one screen, without scrolling and without controls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from py_pinger.web.http.messages import as_html, client_has, not_modified, tag_of, with_tag
from py_pinger.web.pages.context import PageContext
from py_pinger.web.tasks.summary import TaskCounts, count_by_status, headline, overall
from py_pinger.web.tasks.task_filter import UnknownFilterError
from py_pinger.web.wall.wall_choice import WallChoice
from py_pinger.web.wall.wall_layout import create_wall


@dataclass(frozen=True)
class WallPage:
    """The route of the wall."""

    context: PageContext

    def install(self, app: Flask) -> None:
        """Add the route to the app."""
        app.add_url_rule("/wall", "wall", self.wall)

    def wall(self) -> Response:
        """Return the page; it is for screens only, so programs get it as well."""
        try:
            choice = WallChoice.parse(request.args)
        except UnknownFilterError as error:
            raise BadRequest(str(error)) from None
        now = self.context.clock()
        tag = tag_of(self.context.tag(now), "wall")
        return not_modified(tag) if client_has(tag) else with_tag(self._html(choice, now), tag)

    def _html(self, choice: WallChoice, now: datetime) -> Response:
        shown = choice.apply(self.context.current.shown(now))
        counts = shown.counts()
        page = self.context.page(
            "wall.html",
            now,
            overall(counts),
            headline=_headline(counts, choice),
            counts=count_by_status(counts),
            wall=create_wall(shown, choice.size, now),
            narrowed=choice.narrowed,
        )
        return as_html(page)


def _headline(counts: TaskCounts, choice: WallChoice) -> str:
    if choice.narrowed and not counts.total:
        return "No task matches"
    return headline(counts)
