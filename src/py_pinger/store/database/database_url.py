"""Which kind of database a URL names."""

from __future__ import annotations

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from py_pinger.store.database.base import Database
from py_pinger.store.database.errors import StoreError, place_of
from py_pinger.store.database.postgresql import PostgresqlDatabase
from py_pinger.store.database.sqlite import SqliteDatabase

_KINDS: dict[str, type[SqliteDatabase | PostgresqlDatabase]] = {
    "sqlite": SqliteDatabase,
    "postgresql": PostgresqlDatabase,
}


def database_at(text: str) -> Database:
    """Return the database that an SQLAlchemy URL names, not opened yet.

    Raises StoreError when the URL names nothing that can be connected to.
    """
    url = parsed(text)
    try:
        return _KINDS[url.get_backend_name()](url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"the database {place_of(url)} needs a driver that is not installed: {error}"
        ) from error


def parsed(text: str) -> URL:
    """Return the URL of a database that can be connected to; raises StoreError when it names none."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError("[main] database is not a database URL; write it like sqlite:///pinger.db") from None
    if url.get_backend_name() not in _KINDS:
        raise StoreError(f"[main] database names {url.get_backend_name()}; use sqlite:/// or postgresql://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("[main] database names no file; write it like sqlite:///pinger.db")
    return url
