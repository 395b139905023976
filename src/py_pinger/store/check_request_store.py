"""The part of the store of a node for checks that other nodes make."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime

from py_pinger.core.model.cluster import ChangeKind
from py_pinger.store.database.base import Database
from py_pinger.store.queries.cluster import check_requests
from py_pinger.store.queries.cluster.check_requests import CheckRequests
from py_pinger.store.recorder import Note


class CheckRequestStore:
    """Each method is one transaction, as those of the store.

    `ids` returns the keys of tasks by URL, and `note` is called with what others have to know.
    """

    def __init__(self, database: Database, ids: Callable[[], Mapping[str, int]], note: Note) -> None:
        self._database = database
        self._requests = CheckRequests(database.insert)
        self._ids = ids
        self._note = note

    def add(self, urls: Collection[str], now: datetime) -> None:
        """Request checks of tasks that other nodes own; a task that is not monitored is left out."""
        with self._database.writing() as connection:
            self._requests.add(connection, set(self._keys(urls)), now)
            self._note(connection, ChangeKind.REQUESTS)

    def waiting(self) -> set[str]:
        """Return the URLs of the tasks whose checks are requested."""
        with self._database.reading() as connection:
            return check_requests.waiting(connection)

    def remove(self, urls: Collection[str]) -> None:
        """Remove the requests of some tasks."""
        with self._database.writing() as connection:
            check_requests.remove(connection, set(self._keys(urls)))

    def _keys(self, urls: Collection[str]) -> Iterator[int]:
        known = self._ids()
        return (known[url] for url in urls if url in known)
