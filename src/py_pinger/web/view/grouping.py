"""Rows in groups for the overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.check import Status
from py_pinger.core.model.history import PastSpan
from py_pinger.core.times import DAY
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.summary import cared_for, needing_attention
from py_pinger.web.view.task_filter import PAGE_SIZE, TaskFilter, count_pages
from py_pinger.web.view.task_row import TaskRow, failing_rows, needs_attention
from py_pinger.web.view.timeline import TimelineSegment, observed, timeline

# Tasks that need attention and are shown on top with their reasons; a link leads to the others.
MOST_ON_TOP = 10

_WELL = frozenset({Status.OK.value, Status.SLEEPING.value})
_STATUS = itemgetter("status")

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
    """Rows with the same server or process; `name` is None where they name none.

    `total` and `attention`, the number that need it, count the whole group; a page may show part of it.
    `well` is whether all of the group is ok or asleep.
    """

    name: str | None
    rows: tuple[TaskRow, ...]
    total: int
    attention: int
    well: bool


def group_rows(rows: Sequence[TaskRow], by: str) -> list[Group]:
    """Return the rows by `server`, `process` or `none`, each group where its first row was."""
    if by == "none":
        return [_group(None, rows)] if rows else []
    found: defaultdict[str | None, list[TaskRow]] = defaultdict(list)
    name_of = itemgetter("server" if by == "server" else "process")
    for row in rows:
        found[name_of(row)].append(row)
    return [_group(name, members) for name, members in found.items()]


def leave_out(groups: Sequence[Group], urls: Collection[str]) -> list[Group]:
    """Return the groups without the rows of these URLs; the counts stay those of the whole groups."""
    if not urls:
        return [*groups]
    parts = (tuple(row for row in group.rows if row["url"] not in urls) for group in groups)
    return [replace(group, rows=part) for group, part in zip(groups, parts, strict=True) if part]


def slice_groups(groups: Sequence[Group], start: int, size: int) -> list[Group]:
    """Return the part of the groups with `size` rows from row `start` on."""
    shown: list[Group] = []
    for group in groups:
        part = group.rows[max(start, 0) : max(start + size, 0)]
        if part:
            shown.append(replace(group, rows=part))
        start -= len(group.rows)
    return shown


@dataclass(frozen=True, slots=True)
class TaskList:
    """What one page of the overview lists: the tasks on top, and the groups below.

    `cared_for` are failing tasks that are acknowledged or silenced, and listed apart. `more` is the number of
    tasks that need attention and are not on top, `open_groups` are the names of the
    groups that are open, `matching` is the number of tasks that match the filter. `page` is one of `pages`.
    """

    top: tuple[TaskRow, ...]
    cared_for: tuple[TaskRow, ...]
    more: int
    groups: tuple[Group, ...]
    open_groups: frozenset[str | None]
    matching: int
    page: int
    pages: int

    @property
    def rows(self) -> list[TaskRow]:
        """All rows of the page, each once."""
        shown = (row for group in self.groups for row in group.rows)
        return list({row["url"]: row for row in (*self.top, *self.cared_for, *shown)}.values())


def create_task_list(rows: Sequence[TaskRow], task_filter: TaskFilter) -> TaskList:
    """Return a page of the tasks; those on top are listed again only where somebody searched for them."""
    matching, failing = task_filter.apply(rows), failing_rows(rows)
    attention = needing_attention(failing)
    top, apart = tuple(attention[:MOST_ON_TOP]), tuple(cared_for(failing)[:MOST_ON_TOP])
    groups = group_rows(matching, task_filter.group)
    if not task_filter.narrowed:
        groups = leave_out(groups, {row["url"] for row in (*top, *apart)})
    pages = count_pages(sum(len(group.rows) for group in groups), PAGE_SIZE)
    page = min(task_filter.page, pages)
    shown = slice_groups(groups, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    opened = _open_groups(shown, all_of_them=task_filter.narrowed or len(matching) <= FEW)
    more = len(attention) - len(top)
    return TaskList(top, apart, more, tuple(shown), opened, len(matching), page, pages)


def _open_groups(groups: Sequence[Group], *, all_of_them: bool) -> frozenset[str | None]:
    """Return the names of the groups that are open: those that are not well, or all if all are well."""
    failing = frozenset(group.name for group in groups if not group.well)
    return frozenset(group.name for group in groups) if all_of_them or not failing else failing


def _group(name: str | None, rows: Sequence[TaskRow]) -> Group:
    attention = sum(map(needs_attention, failing_rows(rows)))
    well = not attention and _WELL.issuperset(map(_STATUS, rows))
    return Group(name, tuple(rows), len(rows), attention, well=well)
