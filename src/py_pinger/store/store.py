"""The store as everybody else sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from py_pinger.core.delivery import Delivery, Settlement
from py_pinger.core.model import Listing, Notice, Step, Task, TaskState
from py_pinger.store import outbox, pruning, tasks
from py_pinger.store.database import Database
from py_pinger.store.errors import StoreError
from py_pinger.store.migration import migrate
from py_pinger.store.recording import Batch, Recorder


class Store:
    """The memory of Py Pinger; its methods may be called from any thread.

    Each is one transaction: it happens whole, or raises StoreError and leaves all as it was.
    """

    def __init__(self, database: Database) -> None:
        """Work on a database that has the newest schema; `open` sees to that."""
        self._database = database
        self._recorder = Recorder(database.insert)
        self._ids: Mapping[str, int] = {}

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the database that an SQLAlchemy URL names, made and brought to the newest schema if need be.

        Raises StoreError when it cannot be opened or written.
        """
        database = Database(url)
        try:
            with database.writing("cannot be opened") as connection:
                migrate(connection, database.place)
        except StoreError:
            database.close()
            raise
        return cls(database)

    def adopt(self, wanted: Sequence[Task]) -> dict[str, TaskState]:
        """Monitor exactly these tasks from now on, in this order, and return their states by URL."""
        with self._database.writing() as connection:
            tasks.monitor_exactly(connection, self._database.insert, wanted)
            ids, listings = tasks.ids_by_url(connection), tasks.all_monitored(connection)
        self._ids = ids
        return {listing.url: listing.state for listing in listings}

    def record(self, steps: Sequence[Step], notices: Sequence[Notice], channels: Sequence[str]) -> None:
        """Store what checks have led to, other notices beside it, and a delivery for each notice and channel.

        Of several steps of one task, given in their order, all history is kept and the last state stands.
        """
        with self._database.writing() as connection:
            self._recorder.record(connection, self._ids, Batch(steps, notices, channels))

    def waiting(self, channel: str, limit: int = 1000) -> tuple[Delivery, ...]:
        """Return what waits for a channel, oldest first, due or not."""
        with self._database.reading() as connection:
            return outbox.waiting_for(connection, channel, limit)

    def settle(self, settlement: Settlement) -> None:
        """Note what has become of deliveries after a try."""
        with self._database.writing() as connection:
            outbox.settle(connection, settlement)

    def listings(self) -> tuple[Listing, ...]:
        """Return the monitored tasks in the order of the configuration."""
        with self._database.reading() as connection:
            return tasks.all_monitored(connection)

    def listing(self, url: str) -> Listing | None:
        """Return one monitored task, or None when there is none with this URL."""
        with self._database.reading() as connection:
            return tasks.one_monitored(connection, url)

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Forget history that was over `before`, at most `limit` rows of it, and return how many.

        What is open or waiting stays, and of a monitored task its current span and its last run.
        """
        with self._database.writing() as connection:
            return pruning.prune(connection, before, limit)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
