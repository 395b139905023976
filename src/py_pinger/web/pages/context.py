"""What all pages share: the data, its tasks, the clock, and the layout around each page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from werkzeug.exceptions import NotFound, ServiceUnavailable

from py_pinger.core.cluster.cluster_health import is_unreadable
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.web.http.messages import tag_of
from py_pinger.web.pages.task_lookup import TaskIndex, interpretations, requested_url
from py_pinger.web.tasks.current_tasks import CurrentTasks
from py_pinger.web.view.data import DataSource, HistorySource
from py_pinger.web.view.layout import create_layout
from py_pinger.web.view.task_row import TaskRow, row

UNREADABLE = "This node cannot read the database; another node of the cluster may."
NOT_MONITORED = "This URL is not monitored; the root, /, lists the monitored ones."


@dataclass(frozen=True, slots=True)
class FoundTask:
    """The task of a request, and the parameters that belong to the page."""

    task: TaskSnapshot
    options: Mapping[str, str]


@dataclass(frozen=True)
class PageContext:
    """What pages are made from.

    `instance` differs in each process, so that tags do not outlive it. `link` is the address of the pages as
    the settings say, None to go by the request.
    """

    data: DataSource
    current: CurrentTasks
    index: TaskIndex
    clock: Callable[[], datetime]
    instance: str
    link: str | None = None

    @property
    def is_readable(self) -> bool:
        """Whether the database can be read, as far as is known without reading it.

        While it is away each attempt would hold a page up for seconds.
        """
        cluster = self.data.cluster()
        return cluster is None or not is_unreadable(cluster, self.clock())

    @property
    def history(self) -> HistorySource:
        """The stored history. Raises ServiceUnavailable while this node cannot read the database."""
        if not self.is_readable:
            raise ServiceUnavailable(UNREADABLE)
        return self.data.history

    @property
    def root(self) -> str:
        """The address of the overview, with a slash at its end, for what is read elsewhere."""
        return f"{self.link}/" if self.link else request.url_root

    def absolute(self, path: str) -> str:
        """Return the address of a path that `url_for` has made, for what is read elsewhere."""
        return f"{self.root}{path.removeprefix(f'{request.script_root}/')}"

    def page(self, template: str, now: datetime, icon: str, **values: object) -> str:
        """Return a page in its layout; `icon` is the status that its icon shows."""
        return render_template(template, layout=create_layout(self.data, now, icon), now=now, **values)

    def tag(self, now: datetime) -> str:
        """Return the tag of the requested page; it changes each minute, since pages show ages."""
        stamp = self.current.stamp(now)
        health = self.data.monitor.health()
        problems, warnings = (each.text for each in health.problems), (each.text for each in health.warnings)
        return tag_of(self.instance, stamp, request.url, f"{now:%Y%m%d%H%M}", *problems, *warnings)

    def row(self, task: TaskSnapshot, now: datetime) -> TaskRow:
        """Return the row of a task, with what silences it."""
        return row(task, now, self.data.active_silences())

    def find(self, path: str, route: str, options: AbstractSet[str]) -> FoundTask:
        """Return the task whose URL follows a route; raise NotFound if there is none.

        `options` are the parameters that the page itself accepts.
        """
        requested = requested_url(request.environ, path, route)
        for url, given in interpretations(requested, options):
            found = self.index.find(url)
            task = self.data.task(found) if found else None
            if task:
                return FoundTask(task, given)
        raise NotFound(NOT_MONITORED)
