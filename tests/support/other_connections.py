"""The connections of others to a database of a server: ended by it, or without any answer from it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from signal import SIGCONT, SIGSTOP, Signals

from sqlalchemy import Connection, create_engine, text
from tests.support.eventually import eventually

_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_PIDS = f"SELECT pid {_OTHERS}"


def end_other_connections(url: str) -> None:
    """Let the server end all connections to a database, as a restart of it does."""
    with _connected(url) as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {_OTHERS}"))


@contextmanager
def idle_processes_stopped(url: str) -> Iterator[None]:
    """Stop the processes of the server that serve a database so far, at a moment without a transaction.

    One that stopped in a transaction would keep its locks: no other connection could write either.
    """
    with _connected(url) as connection:
        pids = eventually(lambda: _stop_if_idle(connection), "a moment without a transaction")
    with _continued(pids):
        yield


@contextmanager
def all_processes_stopped(url: str) -> Iterator[None]:
    """Stop the processes of the server that serve a database so far, whatever they do."""
    with _connected(url) as connection:
        pids = connection.scalars(text(_PIDS)).all()
    _send(SIGSTOP, pids)
    with _continued(pids):
        yield


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _stop_if_idle(connection: Connection) -> Sequence[int]:
    pids: Sequence[int] = connection.scalars(text(_PIDS)).all()
    _send(SIGSTOP, pids)
    if not connection.scalars(text(f"{_PIDS} AND state <> 'idle'")).all():
        return pids
    _send(SIGCONT, pids)
    return []


@contextmanager
def _continued(pids: Sequence[int]) -> Iterator[None]:
    try:
        yield
    finally:
        _send(SIGCONT, pids)


def _send(signal: Signals, pids: Sequence[int]) -> None:
    for pid in pids:
        os.kill(pid, signal)
