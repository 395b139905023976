"""Ends the connection of a node's store at one of its statements, or at its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import OperationalError
from sqlalchemy import Connection, PoolProxiedConnection, event
from tests.support.node_stores import Server

from py_pinger.store.database.limited_connection import LimitedConnection
from py_pinger.store.database.node_database import NodeDatabase
from py_pinger.store.node_store import NodeStore


def database_of(store: NodeStore) -> NodeDatabase:
    """Return the database of a node, for transactions that no method of the store leaves open."""
    return store._node_database  # noqa: SLF001 - see above


@contextmanager
def lost_answer(store: NodeStore, *, happened: bool) -> Iterator[None]:
    """Have the commits of a store fail: they may have `happened` all the same."""
    dialect = database_of(store)._engine.dialect  # noqa: SLF001 - to lose an answer at this very moment
    real = dialect.do_commit

    def commit(connection: PoolProxiedConnection) -> None:
        if happened:
            real(connection)
        raise OperationalError("the answer was lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "do_commit", commit)
        yield


class Killer:
    """Ends the connection of a store at its n-th statement; that which renews its lease if `renewing`."""

    def __init__(self, store: NodeStore, server: Server, *, renewing: bool = False) -> None:
        database = database_of(store)
        # To end a connection at this very moment.
        self._engine = database._renewer if renewing else database._engine  # noqa: SLF001 - as above
        self._server = server
        self._left = 0

    @contextmanager
    def at(self, number: int) -> Iterator[None]:
        """End the connection before this statement."""
        self._left = number
        event.listen(self._engine, "before_cursor_execute", self._count)
        try:
            yield
        finally:
            event.remove(self._engine, "before_cursor_execute", self._count)

    def _count(self, connection: Connection, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            driver = connection.connection.driver_connection
            assert isinstance(driver, LimitedConnection)
            self._server.run("SELECT pg_terminate_backend(:pid)", pid=driver.info.backend_pid)
