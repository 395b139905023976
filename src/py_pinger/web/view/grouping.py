"""Rows in groups for the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from py_pinger.core.evaluation.statistics import uptime
from py_pinger.core.model.history import PastSpan
from py_pinger.core.times import DAY
from py_pinger.web.view.gauge import Gauge, gauge
from py_pinger.web.view.task_row import TaskRow, needs_attention
from py_pinger.web.view.timeline import TimelineSegment, observed, timeline


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
    """

    name: str | None
    rows: tuple[TaskRow, ...]
    total: int
    attention: int


def group_rows(rows: Sequence[TaskRow], by: str) -> list[Group]:
    """Return the rows by `server`, `process` or `none`, each group where its first row was."""
    if by == "none":
        return [_group(None, rows)] if rows else []
    found: dict[str | None, list[TaskRow]] = {}
    for row in rows:
        found.setdefault(row["server"] if by == "server" else row["process"], []).append(row)
    return [_group(name, members) for name, members in found.items()]


def slice_groups(groups: Sequence[Group], start: int, size: int) -> list[Group]:
    """Return the part of the groups with `size` rows from row `start` on."""
    shown: list[Group] = []
    for group in groups:
        part = group.rows[max(start, 0) : max(start + size, 0)]
        if part:
            shown.append(replace(group, rows=part))
        start -= len(group.rows)
    return shown


def _group(name: str | None, rows: Sequence[TaskRow]) -> Group:
    return Group(name, tuple(rows), len(rows), sum(map(needs_attention, rows)))
