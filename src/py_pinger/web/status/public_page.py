"""What a status page shows to others: names, states, days and announcements, and nothing internal.

No URL, reason, server, process, response time or user of Py Pinger reaches these values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastIncident, PastSpan
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.status_page.announcement import Announcement, current, during
from py_pinger.core.status_page.status_page import StatusPage, TaskGroup, open_since
from py_pinger.core.text.formatting import clean, cut
from py_pinger.web.status.day_cells import day_levels, share_up
from py_pinger.web.view.task_row import row
from py_pinger.web.view.timeline import observed

UNNAMED = "unnamed task"

# Characters of a name.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class PublicTask:
    """A task: its name, its status, since when, the levels of its days, and its uptime from 0 to 1.

    `since` is when its open incident began, else since when it has its status.
    """

    name: str
    status: Status
    since: datetime | None
    days: tuple[str, ...]
    uptime: float | None


@dataclass(frozen=True, slots=True)
class PublicGroup:
    """Tasks under a heading; those of no group have none."""

    heading: str | None
    tasks: tuple[PublicTask, ...]


@dataclass(frozen=True, slots=True)
class PublicText:
    """What was announced, and when."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """An incident: the name of its task, its beginning and end, and what was announced during it."""

    name: str
    opened: datetime
    closed: datetime | None
    texts: tuple[PublicText, ...]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """All that a status page shows at a moment; `sentence` says how its tasks are."""

    title: str
    at: datetime
    status: Status
    sentence: str
    texts: tuple[PublicText, ...]
    groups: tuple[PublicGroup, ...]

    @property
    def tasks(self) -> tuple[PublicTask, ...]:
        """The tasks of all groups."""
        return tuple(task for group in self.groups for task in group.tasks)


def create_page(
    page: StatusPage,
    groups: Sequence[TaskGroup],
    spans: Mapping[str, Sequence[PastSpan]],
    announcements: Sequence[Announcement],
    now: datetime,
) -> PublicPage:
    """Return the page for its tasks in groups; `spans` are those of 90 days by URL."""
    shown = tuple(
        PublicGroup(each.heading, tuple(_task(task, spans.get(task.url, ()), now) for task in each.tasks))
        for each in groups
    )
    statuses = [task.status for group in shown for task in group.tasks]
    return PublicPage(
        page.title,
        now,
        overall(statuses),
        sentence(statuses),
        tuple(map(_text, current(announcements, open_since(groups), now))),
        shown,
    )


def public_incidents(
    groups: Sequence[TaskGroup],
    incidents: Sequence[PastIncident],
    announcements: Sequence[Announcement],
) -> Iterator[PublicIncident]:
    """Yield those of the incidents that are of the page's tasks, in their order."""
    names = {task.url: _name(task) for each in groups for task in each.tasks}
    for each in incidents:
        if each.url in names:
            texts = tuple(map(_text, during(announcements, each)))
            yield PublicIncident(names[each.url], each.opened, each.closed, texts)


def overall(statuses: Sequence[Status]) -> Status:
    """Return the worst status, where sleeping is as good as ok."""
    for status in (Status.ERROR, Status.UNKNOWN, Status.PENDING):
        if status in statuses:
            return status
    return Status.OK if statuses else Status.PENDING


def sentence(statuses: Sequence[Status]) -> str:
    """Return how the tasks are, in a sentence."""
    if not statuses:
        return "There is nothing to show yet"
    if failing := statuses.count(Status.ERROR):
        return f"{_share(failing, statuses)} not running as planned"
    if unknown := statuses.count(Status.UNKNOWN):
        return f"The status of {unknown} of {len(statuses)} is unknown at the moment"
    if pending := statuses.count(Status.PENDING):
        return f"{_share(pending, statuses)} about to be checked for the first time"
    return "Everything is running as planned"


def _share(part: int, statuses: Sequence[Status]) -> str:
    return f"{part} of {len(statuses)} {'is' if part == 1 else 'are'}"


def _task(task: TaskSnapshot, spans: Sequence[PastSpan], now: datetime) -> PublicTask:
    shown = row(task, now)
    opened, past = shown["incident_since"], observed(spans, shown, now)
    return PublicTask(
        name=_name(task),
        status=Status.ERROR if opened else task.state.shown_status(now),
        since=opened or task.state.since,
        days=day_levels(past, now),
        uptime=share_up(past, now),
    )


def _name(task: TaskSnapshot) -> str:
    return cut(clean(task.name), _LONGEST) if task.name else UNNAMED


def _text(announcement: Announcement) -> PublicText:
    return PublicText(announcement.at, announcement.text)
