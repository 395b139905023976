"""The database as it may be written by whoever does not own it, beside the one who watches with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL

from py_pinger.store.database.base import WRITING
from py_pinger.store.database.sqlite_engine import sqlite_engine
from py_pinger.store.external import Guest, refuse_missing
from py_pinger.store.queries.silences import Silences


class Visit(Guest):
    """A database of the newest schema, open for short transactions."""

    def __init__(self, url: URL, engine: Engine) -> None:
        """Write over an engine; `open` makes one."""
        super().__init__(url, engine)
        self.silences = Silences(self)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction that may write."""
        writer = self._engine.execution_options(**{WRITING: True})
        with self._explained("cannot be written"), writer.begin() as connection:
            yield connection

    @staticmethod
    def _connected(url: URL) -> Engine:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, hide_parameters=True)
        refuse_missing(url)
        return sqlite_engine(url, Lock())
