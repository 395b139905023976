"""Tasks in groups for the overview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.times import DAY
from py_pinger.web.tasks.shown_tasks import ShownTasks
from py_pinger.web.tasks.task_filter import PAGE_SIZE, TaskFilter, count_pages
from py_pinger.web.tasks.urgency import MARKS, URGENCIES, Level
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import TaskRow
from py_pinger.web.view.timeline import TimelineSegment, observed, timeline

# Tasks that need attention and are shown on top with their reasons; a link leads to the others.
MOST_ON_TOP = 10

_WELL = frozenset(
    URGENCIES[level][status]
    for level in (Level.SUPPRESSED, Level.CALM)
    for status in (Status.OK, Status.SLEEPING)
)

# Tasks that fit on a screen: of so few, all groups are open.
FEW = 20


@dataclass(frozen=True, slots=True)
class Card:
    """The graphics of a row; `up` is the uptime of the last day, None if unknown."""

    row: TaskRow
    gauge: Gauge
    day: tuple[TimelineSegment, ...]
    up: float | None


def create_cards(
    rows: Sequence[TaskRow], spans: Mapping[str, Sequence[PastSpan]], now: datetime
) -> dict[str, Card]:
    """Return the cards of the rows by their URL."""
    return {row["url"]: _card(row, spans.get(row["url"], ()), now) for row in rows}


def _card(row: TaskRow, spans: Sequence[PastSpan], now: datetime) -> Card:
    closed, since = observed(spans, row, now), now - DAY
    return Card(row, gauge(row, now), timeline(closed, since, now), uptime(closed, since, now))


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks with the same server or process; `name` is None where they name none.

    `total` and `attention`, the number that need it, count the whole group; a page may list a part of it.
    `well` is whether all of the group is ok or asleep.
    """

    name: str | None
    tasks: Sequence[TaskSnapshot]
    total: int
    attention: int
    well: bool


def group_names(places: Sequence[int], by: str, shown: ShownTasks) -> list[str | None]:
    """Return the name of each task's group by `server`, `process` or `none`; None where it has none."""
    if by == "none":
        return [None] * len(places)
    if by == "server":
        return [shown.servers[place] for place in places]
    return [shown.tasks[place].state.verdict.process for place in places]


def slice_groups(totals: Mapping[str | None, int], start: int, size: int) -> dict[str | None, slice]:
    """Return which tasks of which groups are the `size` ones from task `start` on."""
    shown: dict[str | None, slice] = {}
    for name, total in totals.items():
        part = slice(max(start, 0), max(start + size, 0))
        if part.start < min(part.stop, total):
            shown[name] = part
        elif start + size <= 0:
            break
        start -= total
    return shown


@dataclass(frozen=True, slots=True)
class TaskList:
    """What one page of the overview lists: the tasks on top, and the groups below.

    `cared_for` are failing tasks that are acknowledged or silenced, and listed apart. `more` is the number of
    tasks that need attention and are not on top, `open_groups` are the names of the
    groups that are open, `matching` is the number of tasks that match the filter. `page` is one of `pages`.
    """

    top: Sequence[TaskSnapshot]
    cared_for: Sequence[TaskSnapshot]
    more: int
    groups: Sequence[Group]
    open_groups: frozenset[str | None]
    matching: int
    page: int
    pages: int

    @property
    def tasks(self) -> list[TaskSnapshot]:
        """All tasks of the page, each once."""
        grouped = (task for group in self.groups for task in group.tasks)
        return list({task.url: task for task in (*self.top, *self.cared_for, *grouped)}.values())


def create_task_list(shown: ShownTasks, task_filter: TaskFilter) -> TaskList:
    """Return a page of the tasks; those on top are listed again only where somebody searched for them."""
    matching = task_filter.apply(shown)
    top = shown.newest(Level.ATTENTION, MOST_ON_TOP)
    apart = shown.newest(Level.SUPPRESSED, MOST_ON_TOP)
    on_top = [] if task_filter.narrowed else [*top, *apart]
    pages = count_pages(len(matching) - len(on_top), PAGE_SIZE)
    page = min(task_filter.page, pages)
    groups = _page_of_groups(matching, on_top, task_filter.group, page, shown)
    return TaskList(
        [shown.tasks[place] for place in top],
        [shown.tasks[place] for place in apart],
        shown.number_at(Level.ATTENTION) - len(top),
        groups,
        _open_groups(groups, all_of_them=task_filter.narrowed or len(matching) <= FEW),
        len(matching),
        page,
        pages,
    )


def _page_of_groups(
    places: Sequence[int], left_out: Sequence[int], by: str, page: int, shown: ShownTasks
) -> list[Group]:
    """Return a page of the tasks in groups without some of them, which count all the same."""
    names = group_names(places, by, shown)
    # In the order in which the groups begin. There may be as many as tasks; only those of the page are made.
    sizes = Counter(names)
    sizes.subtract(group_names(left_out, by, shown))
    parts = slice_groups(sizes, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    whole: dict[str | None, list[int]] = {name: [] for name in parts}
    apart = frozenset(left_out)
    for name, place in zip(names, places, strict=True):
        if name in whole:
            whole[name].append(place)
    listed = {
        name: [place for place in whole[name] if place not in apart][part] for name, part in parts.items()
    }
    return [_group(name, listed[name], whole[name], shown) for name in parts]


def _group(name: str | None, listed: Sequence[int], whole: Sequence[int], shown: ShownTasks) -> Group:
    """Return a group of a page, with the numbers of the whole group."""
    numbers = Counter(MARKS[shown.marks[place]].urgency for place in whole)
    return Group(
        name,
        [shown.tasks[place] for place in listed],
        len(whole),
        attention=sum(number for urgency, number in numbers.items() if urgency.level is Level.ATTENTION),
        well=_WELL.issuperset(numbers),
    )


def _open_groups(groups: Sequence[Group], *, all_of_them: bool) -> frozenset[str | None]:
    """Return the names of the groups that are open: those that are not well, or all if all are well."""
    failing = frozenset(group.name for group in groups if not group.well)
    return frozenset(group.name for group in groups) if all_of_them or not failing else failing
