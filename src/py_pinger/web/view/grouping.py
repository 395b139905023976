"""Rows in groups for the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import PastSpan
from py_pinger.core.times import DAY
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import TaskRow, troubled
from py_pinger.web.view.timeline import TimelineSegment, believed, timeline


@dataclass(frozen=True, slots=True)
class Card:
    """What a row of the overview is drawn from; `up` is the share of the last day, None if unknown."""

    row: TaskRow
    gauge: Gauge
    day: tuple[TimelineSegment, ...]
    up: float | None


def cards(rows: Sequence[TaskRow], spans: Mapping[str, Sequence[PastSpan]], now: datetime) -> dict[str, Card]:
    """Return the cards of the rows by their URL."""
    return {row["url"]: _card(row, spans.get(row["url"], ()), now) for row in rows}


def _card(row: TaskRow, spans: Sequence[PastSpan], now: datetime) -> Card:
    seen, since = believed(spans, row, now), now - DAY
    return Card(row, gauge(row, now), timeline(seen, since, now), uptime(seen, since, now))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a server or a process; `name` is None where they name none.

    `total` and `amiss` count the whole group, of which a page may show a part.
    """

    name: str | None
    rows: tuple[TaskRow, ...]
    total: int
    amiss: int


def grouped(rows: Sequence[TaskRow], by: str) -> list[Group]:
    """Return the rows by `server`, `process` or `none`, each group where its first row was."""
    if by == "none":
        return [_group(None, rows)] if rows else []
    found: dict[str | None, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(row["server"] if by == "server" else row["process"], []).append(row)
    return [_group(name, members) for name, members in found.items()]


def page_of(groups: Sequence[Group], start: int, size: int) -> list[Group]:
    """Return the part of the groups that shows `size` rows from `start` on."""
    shown: list[Group] = []
    for group in groups:
        part = group.rows[max(start, 0) : max(start + size, 0)]
        if part:
            shown.append(replace(group, rows=part))
        start -= len(group.rows)
    return shown


def _group(name: str | None, rows: Sequence[TaskRow]) -> Group:
    return Group(name, tuple(rows), len(rows), sum(map(troubled, rows)))
