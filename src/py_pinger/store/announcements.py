"""Announcements on status pages: writing, withdrawing, and those of a page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import insert, select, update

from py_pinger.core.status_page.announcement import Announcement
from py_pinger.store.database.transactions import Transactions
from py_pinger.store.tables import schema

# Of a page, as many as its feed may need.
NEWEST = 200

_announcement = schema.announcement
_COLUMNS = [_announcement.c[each.name] for each in fields(Announcement)]


class Announcements:
    """The announcements of a database, from any thread; each method may raise StoreError."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    def create(self, page: str, at: datetime, text: str, who: str, ends: datetime | None) -> Announcement:
        """Write an announcement, and return it with its number."""
        values = {"page": page, "at": at, "text": text, "who": who, "ends": ends}
        with self._database.writing() as connection:
            number = connection.scalar(insert(_announcement).values(values).returning(_announcement.c.id))
        return Announcement(number or 0, page, at, text, who, ends)

    def withdraw(self, numbers: Collection[int], now: datetime) -> None:
        """Take these off their pages; one that is withdrawn stays as it was."""
        chosen = _announcement.c.id.in_(numbers), _announcement.c.withdrawn.is_(None)
        with self._database.writing() as connection:
            connection.execute(update(_announcement).where(*chosen).values(withdrawn=now))

    def newest(self, page: str) -> tuple[Announcement, ...]:
        """Return the newest announcements of a page that are not withdrawn, the newest first."""
        shown = _announcement.c.page == page, _announcement.c.withdrawn.is_(None)
        chosen = select(*_COLUMNS).where(*shown).order_by(_announcement.c.at.desc()).limit(NEWEST)
        with self._database.reading() as connection:
            return tuple(Announcement(*row) for row in connection.execute(chosen))
