"""Transactions that note what they change, for the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection

from py_pinger.store.database.transactions import Transactions


class NotedTransactions:
    """The transactions of a database; each that writes calls `note` too, and `written` after it."""

    def __init__(
        self,
        database: Transactions,
        note: Callable[[Connection], None],
        written: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._note = note
        self._written = written

    def reading(self) -> AbstractContextManager[Connection]:
        """Run one transaction that only reads."""
        return self._database.reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run one transaction that may write."""
        with self._database.writing() as connection:
            yield connection
            self._note(connection)
        self._written()
