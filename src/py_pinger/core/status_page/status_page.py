"""A status page: the tasks that it shows to others, in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.text.wildcard import any_matches


@dataclass(frozen=True, slots=True)
class GroupPatterns:
    """A group of a status page: its heading, and the patterns of its tasks."""

    heading: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusPage:
    """A page that shows some tasks to others; an empty filter matches all tasks.

    `name` is the end of its address. `tasks` are matched with a task's URL as shown and with its name,
    `servers` with the server in its report. A `public` page needs no password.
    """

    name: str
    title: str
    tasks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    groups: tuple[GroupPatterns, ...] = ()
    public: bool = False

    def shows(self, task: TaskSnapshot) -> bool:
        """Return True if a task is on the page."""
        server = task.state.verdict.server
        return _meets(self.tasks, task.url, task.name) and _meets(self.servers, server)


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The tasks of a group; those of no group have no heading."""

    heading: str | None
    tasks: tuple[TaskSnapshot, ...]


def grouped(page: StatusPage, tasks: Iterable[TaskSnapshot]) -> tuple[TaskGroup, ...]:
    """Return the tasks of a page in its groups, without empty ones; tasks of no group come last.

    A task is in the first group that matches its URL or its name.
    """
    members: dict[str | None, list[TaskSnapshot]] = {each.heading: [] for each in page.groups}
    members[None] = []
    for task in tasks:
        if page.shows(task):
            members[_heading(page.groups, task)].append(task)
    return tuple(TaskGroup(heading, tuple(found)) for heading, found in members.items() if found)


def open_since(groups: Iterable[TaskGroup]) -> tuple[datetime, ...]:
    """Return when the open incidents of a page's tasks began."""
    incidents = (task.state.incident for group in groups for task in group.tasks)
    return tuple(each.opened for each in incidents if each and each.closed is None)


def _heading(groups: Sequence[GroupPatterns], task: TaskSnapshot) -> str | None:
    found = (each.heading for each in groups if any_matches(each.tasks, (task.url, task.name)))
    return next(found, None)


def _meets(patterns: Sequence[str], *texts: str | None) -> bool:
    return not patterns or any_matches(patterns, texts)
