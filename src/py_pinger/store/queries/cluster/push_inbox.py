"""The inbox of pushes that reached another node than the owner of their task."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from py_pinger.core.model.push import WaitingPush
from py_pinger.store.tables import schema

_pushed = schema.pushed


def put(connection: Connection, pushes: Sequence[WaitingPush]) -> None:
    """Put pushes into the inbox, in their order."""
    rows = [{"url": each.url, "at": each.at, "content": each.content} for each in pushes]
    connection.execute(insert(_pushed), rows)


def urls(connection: Connection) -> set[str]:
    """Return the URLs of the tasks with pushes in the inbox."""
    return set(connection.scalars(select(_pushed.c.url).distinct()))


def take(connection: Connection, wanted: Collection[str]) -> list[WaitingPush]:
    """Take the pushes of some tasks out of the inbox, and return them in their order."""
    taken = delete(_pushed).where(_pushed.c.url.in_(wanted)).returning(*_pushed.c)
    rows = sorted(connection.execute(taken), key=lambda row: row.id) if wanted else ()
    return [WaitingPush(row.url, row.at, row.content) for row in rows]


def discard(connection: Connection, before: datetime) -> None:
    """Delete what was received before a moment, and has not been taken out: no node knows the tasks."""
    connection.execute(delete(_pushed).where(_pushed.c.at < before))
