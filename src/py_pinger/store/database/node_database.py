"""A database on a PostgreSQL server that several nodes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL

from py_pinger.store.database.base import WRITING
from py_pinger.store.database.errors import StoreError, describe_single
from py_pinger.store.database.fence import Fence
from py_pinger.store.database.limited_connection import (
    LIMITS,
    NO_LIMITS,
    PATIENT_LIMITS,
    SINGLE,
    USUAL_LIMITS,
    Limits,
    limited_engine,
)
from py_pinger.store.database.migration import migrate
from py_pinger.store.database.ownership import User
from py_pinger.store.database.server_database import ServerDatabase, wait_for_turn

# A node that was stopped in a transaction keeps others out of its row for no longer than `idle`.
_USUAL = USUAL_LIMITS._replace(idle=4.0)
_PATIENT = PATIENT_LIMITS._replace(idle=10.0)

# Of a renewal, so that a server that hangs does not hold up what the node does about it.
_RENEWING = Limits(statement=2.0, lock=2.0, idle=2.0, silence=3.0)
_CONNECT_TIMEOUT = 3

# Seconds for which the start waits for locks of others, and between two attempts.
_LONGEST_OPENING = 120.0
_PAUSE = 0.5

_LEAVING = Limits(statement=2.0, lock=2.0, idle=2.0, silence=2.0)

_OWNS = text(
    "SELECT EXISTS (SELECT FROM assignment JOIN node USING (incarnation) "
    "WHERE assignment.name = :name AND incarnation = :incarnation AND NOT over)"
)


class NodeDatabase(ServerDatabase):
    """Each transaction that writes passes the `fence` first; another connection renews the lease."""

    _opening_limits = NO_LIMITS._replace(lock=2.0)

    def __init__(self, url: URL, node: str) -> None:
        """Prepare the engines; `open` makes the first connection."""
        super().__init__(url, _USUAL, _PATIENT)
        self._patient_reader = self._reader.execution_options(**{LIMITS: PATIENT_LIMITS})
        self._single_reader = self._engine.execution_options(**{SINGLE: True, LIMITS: _RENEWING})
        self.node = node
        self.fence = Fence(node)
        self._after_commit: list[Callable[[], None]] = []
        self._renewer = limited_engine(
            url, connections=1, connect_timeout=_CONNECT_TIMEOUT
        ).execution_options(**{WRITING: True, LIMITS: _RENEWING})

    def open(self) -> None:
        """Open the database next to nodes that run: what changes the schema must not keep these waiting.

        A statement that waits for a lock has all later ones wait behind it, so it is given up and repeated.
        """
        deadline = monotonic() + _LONGEST_OPENING
        while True:
            try:
                super().open()
            except StoreError as error:
                if not _is_lock_timeout(error) or monotonic() > deadline:
                    raise
                sleep(_PAUSE)
            else:
                return

    @contextmanager
    def preparing(self) -> Iterator[Connection]:
        """Run one transaction of the start, before a run begins; one process at a time."""
        with self._opening() as connection:
            yield connection

    @contextmanager
    def beginning(self, incarnation: int) -> Iterator[Connection]:
        """Run the transaction in which a run of this node begins; one node at a time.

        Raises StoreError if a process that is not a node uses the database.
        """
        with self._lock:
            with self._explained("cannot be written"), self._patient_writer.begin() as connection:
                wait_for_turn(connection)
                self._check_right(connection)
                yield connection
            self.fence.begin(incarnation)
            self._error = None

    @contextmanager
    def reading_all(self) -> Iterator[Connection]:
        """Run one transaction that reads all tasks, for which a server may take long."""
        with self._explained("cannot be read"), self._patient_reader.connect() as connection:
            yield connection

    @contextmanager
    def reading_once(self) -> Iterator[Connection]:
        """Run one statement that only reads, and so is a transaction by itself: the cheapest there is."""
        with self._explained("cannot be read"), self._single_reader.connect() as connection:
            yield connection

    @contextmanager
    def leaving(self) -> Iterator[Connection]:
        """Run the last transaction of this run; does not wait long for a write or a server that hangs."""
        if not self._lock.acquire(timeout=_LEAVING.silence):
            raise StoreError(f"the database {self.name} cannot be written: another write hangs")
        try:
            leaver = self._limited(_LEAVING)
            with self._explained("cannot be written"), self._begin(leaver) as connection:
                yield connection
            self.fence.end(self.fence.incarnation)
        finally:
            self._lock.release()

    @contextmanager
    def renewing(self) -> Iterator[Connection]:
        """Run the transaction that renews the lease; it waits for no other transaction of this process."""
        with self._explained("cannot be written"), self._renewer.begin() as connection:
            yield connection

    @contextmanager
    def registering(self) -> Iterator[Connection]:
        """Run the transaction in which this run is registered again, as it began; one node at a time.

        It waits for no other transaction of this process. Raises StoreError if a process that is not a node
        uses the database.
        """
        with self.renewing() as connection:
            wait_for_turn(connection)
            self._check_right(connection)
            yield connection

    @contextmanager
    def reading_as_owner_of(self, assignment: str) -> Iterator[Connection]:
        """Run one transaction that only reads; raises StoreError unless this node owns an assignment.

        Raises FencedError if this run of the node is over.
        """
        with self.reading() as connection:
            values = {"name": assignment, "incarnation": self.fence.incarnation}
            if not connection.scalar(_OWNS, values):
                raise self._not_owner(connection, assignment)
            yield connection

    def _not_owner(self, connection: Connection, assignment: str) -> StoreError:
        if self.fence.is_ended(connection):
            return self.fence.error()
        return StoreError(f"node {self.node} does not own {assignment} any more")

    def close(self) -> None:
        """Close all connections."""
        self._renewer.dispose()
        super().close()

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something done once the transaction under way is committed, before the next one begins."""
        self._after_commit.append(act)

    @contextmanager
    def _begin(self, writer: Engine) -> Iterator[Connection]:
        self._after_commit = []
        with writer.begin() as connection:
            self.fence.pass_through(connection)
            yield connection
            self.fence.expect_commit()
        self.fence.confirm()
        for act in self._after_commit:
            act()

    def _migrate(self, connection: Connection) -> None:
        """Upgrade the database, unless a later release has, and accepts nodes of this one."""
        migrate(connection, self.name, is_node=True)

    def _get_right(self, connection: Connection, unchanged: int) -> User | None:
        if self._ownership.withdraw(connection, unchanged):
            return None
        return self._ownership.last_owner(connection)

    def _check_right(self, connection: Connection) -> None:
        if user := self._get_right(connection, 0):
            raise StoreError(self._in_use(user))

    def _in_use(self, user: User | None) -> str:
        return describe_single(self.name, user.name if user else "an unknown process")


def _is_lock_timeout(error: StoreError) -> bool:
    """Return True if a transaction has waited too long for another one."""
    return isinstance(getattr(error.__cause__, "orig", None), LockNotAvailable)
