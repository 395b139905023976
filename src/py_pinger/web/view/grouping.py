"""Groups of rows: by server, by process, or all in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from py_pinger.web.view.task_row import Row, troubled


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a server or a process; `name` is None where they name none.

    `total` and `amiss` count the whole group, of which a page may show a part.
    """

    name: str | None
    rows: tuple[Row, ...]
    total: int
    amiss: int


def grouped(rows: Sequence[Row], by: str) -> list[Group]:
    """Return the rows by `server`, `process` or `none`, each group where its first row was."""
    if by == "none":
        return [_group(None, rows)] if rows else []
    found: dict[str | None, list[Row]] = {}
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


def _group(name: str | None, rows: Sequence[Row]) -> Group:
    return Group(name, tuple(rows), len(rows), sum(map(troubled, rows)))
