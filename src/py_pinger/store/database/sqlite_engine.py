"""How connections to an SQLite file are made, and how their transactions begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from threading import Lock
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL

from py_pinger.store.database.base import WRITING

Options = dict[str, Any]

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # Readers go on while the writer writes.
    "PRAGMA journal_mode = WAL",
    # A power cut may undo the last transactions, but only whole ones: a state and its notices come and
    # go together, so what is lost is judged and told afresh, and what was sent is at most sent again.
    "PRAGMA synchronous = NORMAL",
)


def sqlite_engine(url: URL, connecting: Lock) -> Engine:
    """Return an engine that makes no connection while `connecting` is held."""
    engine = create_engine(url, hide_parameters=True, paramstyle="named")

    def connect(_dialect: Dialect, _entry: object, arguments: Sequence[str], options: Options) -> object:
        with connecting:
            return _connected(arguments[0], options)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", _begin)
    return engine


def _connected(name: str, options: Options) -> sqlite3.Connection:
    """Connect to a file that is there: one made by connecting to it would be an empty database."""
    uri = name if options.get("uri") else f"file:{quote(name)}?mode=rw"
    # Transactions begin in _begin: left alone, the driver begins them late, at the first row written.
    connection: sqlite3.Connection = sqlite3.connect(uri, **{**options, "uri": True, "isolation_level": None})
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once, so it waits its turn; turning from reader to writer midway would fail.
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
