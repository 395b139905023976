"""A database on a PostgreSQL server that one process uses alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from py_pinger.store.database import ownership
from py_pinger.store.database.errors import StoreError, describe_in_use, describe_nodes
from py_pinger.store.database.limited_connection import PATIENT_LIMITS, USUAL_LIMITS, Limits
from py_pinger.store.database.ownership import User, end_nodes, running_nodes
from py_pinger.store.database.server_database import ServerDatabase

_log = logging.getLogger(__name__)

# A stop does not wait long for a server that hangs: the lease ends by itself.
_RELEASING = Limits(statement=1.0, lock=1.0, idle=1.0, silence=1.0)


class PostgresqlDatabase(ServerDatabase):
    """Written by one process alone: each transaction that writes checks first that it is the owner."""

    def __init__(self, url: URL) -> None:
        """Prepare the engine; `open` makes the first connection."""
        super().__init__(url, USUAL_LIMITS, PATIENT_LIMITS)
        self._owns = False
        self._incidents: list[str] = []
        self._closing = Event()

    def open(self) -> None:
        """Become the owner, and upgrade the database to the newest schema in one transaction."""
        super().open()
        Thread(target=self._renew_continuously, name="database lease", daemon=True).start()

    def close(self) -> None:
        """Let others become the owner, and close all connections."""
        self._closing.set()
        # A write that hangs keeps its turn; then the lease ends by itself.
        if self._owns and self._lock.acquire(timeout=_RELEASING.silence):
            with suppress(SQLAlchemyError), self._limited(_RELEASING).begin() as connection:
                self._ownership.release(connection)
            self._lock.release()
        super().close()

    @contextmanager
    def reading_as_owner(self) -> Iterator[Connection]:
        """Run one transaction that only reads; raises StoreError if another process is the owner."""
        with self.reading() as connection:
            if not self._ownership.holds(connection):
                raise StoreError(self._in_use(self._ownership.last_owner(connection)))
            yield connection

    def incidents(self) -> tuple[str, ...]:
        """Return each time that another process was the owner meanwhile, one sentence each."""
        return tuple(self._incidents)

    def _get_right(self, connection: Connection, unchanged: int) -> User | None:
        nodes = running_nodes(connection)
        if nodes and nodes.expires != unchanged:
            return nodes
        if not self._ownership.take(connection, unchanged):
            return self._ownership.last_owner(connection)
        end_nodes(connection, self._ownership.process)
        self._owns = True
        return None

    def _check_right(self, connection: Connection) -> None:
        if not self._ownership.renew(connection):
            self._take_back(connection)

    @contextmanager
    def _begin(self, writer: Engine) -> Iterator[Connection]:
        with writer.begin() as connection:
            self._check_right(connection)
            yield connection

    def _take_back(self, connection: Connection) -> None:
        """Become the owner again, and write what memory knows over what others have written."""
        # Nodes that begin wait for this row, so none begins from here on.
        owner = self._ownership.last_owner(connection, lock=True)
        if nodes := running_nodes(connection):
            raise StoreError(self._in_use(nodes))
        if not self._ownership.take(connection):
            raise StoreError(self._in_use(owner))
        end_nodes(connection, self._ownership.process)
        if self._restore_contents:
            self._restore_contents(connection)
        process = owner.name if owner else "an unknown process"
        sentence = (
            f"Another Py Pinger ({process}) owned the database {self.name} for a while; "
            "this one owns it again and has restored its states."
        )
        self._incidents.append(sentence)
        _log.warning("%s", sentence)

    def _in_use(self, user: User | None) -> str:
        if user and user.is_node:
            return describe_nodes(self.name, user.name)
        return describe_in_use(self.name, user and user.name)

    def _renew_continuously(self) -> None:
        """Renew the lease while nothing else is written."""
        while not self._closing.wait(ownership.RENEWAL / 2):
            if monotonic() - self._written_at >= ownership.RENEWAL:
                before = self._error
                # `error` has the reason, and the next attempt comes soon.
                with suppress(StoreError), self.writing():
                    pass
                if self._error and not before:
                    _log.error("Cannot renew the lease of the database, will retry: %s", self._error)
