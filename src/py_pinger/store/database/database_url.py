"""Database URLs: which backend they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from py_pinger.store.database.base import Database
from py_pinger.store.database.errors import StoreError, display_name
from py_pinger.store.database.sqlite import SqliteDatabase

if TYPE_CHECKING:
    from py_pinger.store.database.node_database import NodeDatabase


def _postgresql(url: URL) -> Database:
    # PostgreSQL's dialect takes 25 ms and 3 MiB to import, and most databases are files.
    from py_pinger.store.database.postgresql import PostgresqlDatabase  # noqa: PLC0415

    return PostgresqlDatabase(url)


_KINDS: Final[Mapping[str, Callable[[URL], Database]]] = {"sqlite": SqliteDatabase, "postgresql": _postgresql}


def create_database(text: str) -> Database:
    """Return the database that an SQLAlchemy URL names, not opened yet.

    Raises StoreError if the URL is invalid or its driver is not installed.
    """
    url = parse_url(text)
    with _driver(url):
        return _KINDS[url.get_backend_name()](url)


def create_node_database(text: str, node: str) -> NodeDatabase:
    """Return the database of a cluster, not opened yet, for a node with this name.

    Raises StoreError if the URL does not name a database on a server.
    """
    url = parse_url(text)
    if url.get_backend_name() == "sqlite":
        raise StoreError(
            "[main] node needs a database that nodes can share; set [main] database to PostgreSQL"
        )
    with _driver(url):
        from py_pinger.store.database.node_database import NodeDatabase  # noqa: PLC0415 - as above

        return NodeDatabase(url, node)


@contextmanager
def _driver(url: URL) -> Iterator[None]:
    try:
        yield
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"the database {display_name(url)} needs a driver that is not installed: {error}"
        ) from error


def server_engine(url: URL, *, unlimited: bool = False) -> Engine:
    """Return an engine for a database on a server, whose transactions may be `unlimited`.

    Raises StoreError if the URL names another driver.
    """
    from py_pinger.store.database.limited_connection import LIMITS, NO_LIMITS, limited_engine  # noqa: PLC0415 - as above

    engine = limited_engine(url)
    return engine.execution_options(**{LIMITS: NO_LIMITS}) if unlimited else engine


def parse_url(text: str) -> URL:
    """Return a database URL that can be connected to; raises StoreError if it is not one."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError(
            "[main] database is not a database URL; use for example sqlite:///pinger.db"
        ) from None
    if url.get_backend_name() not in _KINDS:
        raise StoreError(f"[main] database names {url.get_backend_name()}; use sqlite:/// or postgresql://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("[main] database names no file; use for example sqlite:///pinger.db")
    return url
