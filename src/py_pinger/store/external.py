"""A database opened next to the process that monitors: to read it, or for short writes."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Self
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.core.discovery.discovery import DiscoveredItem
from py_pinger.core.model.cluster_status import ClusterStatus
from py_pinger.core.model.history import MonitorDowntime
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.replay.task_history import TaskHistory
from py_pinger.core.suppression.silence import Silence, StoredSuppressions
from py_pinger.store.announcements import Announcements
from py_pinger.store.database.base import WRITING
from py_pinger.store.database.database_url import parse_url, server_engine
from py_pinger.store.database.errors import StoreError, describe, display_name
from py_pinger.store.database.migration import reject_other_schema
from py_pinger.store.database.sqlite import path_of, sqlite_engine
from py_pinger.store.database.transactions import Transactions
from py_pinger.store.queries import discovered, sessions, tasks
from py_pinger.store.queries.acknowledgements import Acknowledgements
from py_pinger.store.queries.cluster import repeat_batches
from py_pinger.store.queries.replay import task_histories
from py_pinger.store.queries.silences import Silences, in_force, not_ended_by
from py_pinger.store.repeats.last_checks import with_repeats


class ExternalStore(ABC):
    """A database of the newest schema."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Use an engine; `open` creates one."""
        self._url = url
        self._engine = engine
        self.name = display_name(url)

    @classmethod
    def open(cls, text: str) -> Self:
        """Open the database that an SQLAlchemy URL names.

        Raises StoreError when it cannot be read, or has another schema than this Py Pinger.
        """
        url = parse_url(text)
        store = cls(url, cls._create_engine(url))
        try:
            with store.reading() as connection:
                reject_other_schema(connection, store.name)
        except StoreError:
            store.close()
            raise
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run one transaction that only reads, and never waits for a writer."""
        with self._explained("cannot be read"), self._engine.connect() as connection:
            yield connection

    def task_snapshots(self) -> tuple[TaskSnapshot, ...]:
        """Return the monitored tasks in the order of the configuration, as last written."""
        with self.reading() as connection:
            monitored, repeats = tasks.read_monitored(connection), repeat_batches.newest(connection)
        return with_repeats(monitored, repeats) if repeats else monitored.snapshots

    def discovered_items(self) -> tuple[DiscoveredItem, ...]:
        """Return the monitored tasks that are items of pages, in their order."""
        with self.reading() as connection:
            return discovered.monitored(connection)

    @property
    def _is_file(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @staticmethod
    @abstractmethod
    def _create_engine(url: URL) -> Engine:
        """Return the engine for a URL. Raises StoreError if there is no such database."""

    @contextmanager
    def _explained(self, failing: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(f"the database {self.name} {failing}: {describe(error, self._url)}") from error


class ReadOnlyStore(ExternalStore):
    """A database of the newest schema, open for reading only: each transaction sees one moment."""

    def suppressions(self, now: datetime) -> StoredSuppressions:
        """Return the silences that have not ended, and the acknowledgements of open incidents."""
        with self.reading() as connection:
            return in_force(connection, now)

    def past_silences(self, since: datetime) -> tuple[Silence, ...]:
        """Return the silences that were in force since a moment, or will be."""
        with self.reading() as connection:
            return not_ended_by(connection, since)

    def downtime(self) -> MonitorDowntime | None:
        """Return when Py Pinger last ran with the database; None if it never did."""
        with self.reading() as connection:
            single = sessions.downtime(connection)
            if self._is_file:
                return single
            from py_pinger.store.queries.cluster import incarnation_rows  # noqa: PLC0415 - most databases are files

            return sessions.later(single, incarnation_rows.last_end(connection))

    def cluster(self) -> ClusterStatus | None:
        """Return the nodes that share the database; None if no node has ever used it."""
        if self._is_file:
            return None
        from py_pinger.store.queries.cluster.stored_cluster import stored_cluster  # noqa: PLC0415 - as above

        with self.reading() as connection:
            return stored_cluster(connection)

    def task_histories(
        self, urls: Collection[str], since: datetime, margin: timedelta | None
    ) -> dict[str, TaskHistory]:
        """Return the history of these tasks since a moment, if any; see `task_histories`."""
        with self.reading() as connection:
            return task_histories(connection, urls, since, margin)

    @staticmethod
    def _create_engine(url: URL) -> Engine:
        if url.get_backend_name() == "sqlite":
            reject_missing(url)
            return _sqlite_engine(path_of(url))
        # A replay of all history takes its time, and computes between two statements.
        engine = server_engine(url, unlimited=True)
        from py_pinger.store.database.limited_connection import SNAPSHOT  # noqa: PLC0415 - most databases are files

        # Several statements read one history, and all of them see the same moment.
        return engine.execution_options(**{SNAPSHOT: True})


def _sqlite_engine(path: Path) -> Engine:
    # Without a -wal file no Py Pinger is running. SQLite would create one as our user, and a Py Pinger that
    # runs as another user could no longer start.
    mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
    source = f"file:{quote(str(path))}?mode={mode}"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(source, uri=True, isolation_level=None),
        poolclass=NullPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


class SharedStore(ExternalStore):
    """A database of the newest schema, open for short transactions."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Use an engine; `open` creates one."""
        super().__init__(url, engine)
        transactions = self if self._is_file else _noted(self)
        self.silences = Silences(transactions)
        self.acknowledgements = Acknowledgements(transactions)
        self.announcements = Announcements(self)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction that may write."""
        writer = self._engine.execution_options(**{WRITING: True})
        with self._explained("cannot be written"), writer.begin() as connection:
            yield connection

    @staticmethod
    def _create_engine(url: URL) -> Engine:
        if url.get_backend_name() != "sqlite":
            return server_engine(url)
        reject_missing(url)
        return sqlite_engine(url, Lock())


def _noted(store: SharedStore) -> Transactions:
    """Return the transactions of a store, each of which notes for the nodes of a cluster what it changes."""
    from py_pinger.core.model.cluster import ChangeKind  # noqa: PLC0415 - most databases are files
    from py_pinger.store.database.noted_transactions import NotedTransactions  # noqa: PLC0415 - as above
    from py_pinger.store.queries.cluster.change_tokens import OUTSIDE, note  # noqa: PLC0415 - as above

    return NotedTransactions(store, lambda connection: note(connection, OUTSIDE, ChangeKind.SUPPRESSIONS))


def reject_missing(url: URL) -> None:
    """Raise StoreError if the file of an SQLite database is missing."""
    if not path_of(url).is_file():
        raise StoreError(
            f"the database {display_name(url)} does not exist; start Py Pinger with it, or name another"
        )
