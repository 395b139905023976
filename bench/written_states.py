"""The states of the tasks in a database of either kind, while Py Pinger writes them."""

from __future__ import annotations

from time import time

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

_SECOND = 1_000_000

_CHECKED = "SELECT COUNT(*) FROM task WHERE checked >= :since"
_WRONG = "SELECT url FROM task WHERE monitored AND status NOT IN ('ok', 'pending')"
# What tasks are that were checked a minute ago, with all that a start has to read.
_FILL = """
UPDATE task SET status = 'ok', reason = 'all is well', process = 'process ' || id, server = 'server',
lastrun = :now - 60000000, frequency = 600000000, deadline = :now + 540000000, since = :now - 3600000000,
checked = :now - 60000000, took = 3000, fresh_until = :now + 180000000, next_check = :now + 1000000,
pings = 60
"""


class WrittenStates:
    """The states in the database of an SQLAlchemy URL, which may have no tables yet."""

    def __init__(self, url: str) -> None:
        # Each question opens a connection and closes it.
        self._engine = create_engine(url, poolclass=NullPool)

    def checked_since(self, moment: float) -> int:
        """Return how many tasks were checked since a time in seconds since 1970."""
        try:
            with self._engine.connect() as connection:
                found: int = connection.scalar(text(_CHECKED), {"since": int(moment * _SECOND)})
        except DBAPIError:
            return 0
        return found

    def wrong(self) -> list[str]:
        """Return the URLs of the tasks that are in trouble."""
        with self._engine.connect() as connection:
            return [*connection.scalars(text(_WRONG))]

    def fill(self) -> None:
        """Give each task of an unused database the state of one that was checked a minute ago."""
        with self._engine.begin() as connection:
            connection.execute(text(_FILL), {"now": int(time() * _SECOND)})
