"""What all pages share: the board, its rows, the clock, and the frame around each page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from werkzeug.exceptions import NotFound

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.web.http.messages import tag_of
from py_pinger.web.pages.task_lookup import TaskIndex, readings, requested_url
from py_pinger.web.view.data import DataSource
from py_pinger.web.view.layout import layout
from py_pinger.web.view.row_cache import RowCache
from py_pinger.web.view.task_row import TaskRow, row

NOT_MONITORED = "This URL is not monitored; the monitored ones are listed at the root, /."


@dataclass(frozen=True, slots=True)
class Found:
    """The task that a request means, and the parameters that were meant for us."""

    task_snapshot: TaskSnapshot
    options: Mapping[str, str]


@dataclass(frozen=True)
class PageContext:
    """What the pages are made from; `edition` is another one in each process, lest tags outlive it."""

    board: DataSource
    roster: RowCache
    index: TaskIndex
    clock: Callable[[], datetime]
    edition: str

    def page(self, template: str, now: datetime, icon: str, **values: object) -> str:
        """Return a page with its frame; `icon` is the status that its icon shows."""
        return render_template(template, frame=layout(self.board, now, icon), now=now, **values)

    def tag(self, now: datetime) -> str:
        """Return the tag of the page that was asked for; it changes each minute, since ages are on it."""
        stamp = self.roster.stamp(now)
        health = self.board.health()
        return tag_of(
            self.edition, stamp, request.url, f"{now:%Y%m%d%H%M}", *health.problems, *health.warnings
        )

    def row(self, snapshot: TaskSnapshot, now: datetime) -> TaskRow:
        """Return the row of a task, with what silences it."""
        return row(snapshot, now, self.board.silencing().matching(TaskLabels.of(snapshot)))

    def find(self, path: str, route: str, ours: AbstractSet[str]) -> Found:
        """Return the task whose URL stands behind a route; raise NotFound if there is none."""
        requested = requested_url(request.environ, path, route)
        for url, options in readings(requested, ours):
            found = self.index.find(url)
            snapshot = self.board.task_snapshot(found) if found else None
            if snapshot:
                return Found(snapshot, options)
        raise NotFound(NOT_MONITORED)
