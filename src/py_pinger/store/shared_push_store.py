"""The part of the store of a node for tasks that are pushed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

from sqlalchemy import Connection

from py_pinger.core.model.cluster import ChangeKind
from py_pinger.core.model.push import PushState, PushWrite, WaitingPush
from py_pinger.store.database.base import Database
from py_pinger.store.push_store import PushStore
from py_pinger.store.queries import pushes, tasks
from py_pinger.store.queries.cluster import push_inbox
from py_pinger.store.recorder import Note


class SharedPushStore(PushStore):
    """The same, with the inbox in which nodes put pushes for each other.

    `note` is called with what others have to know. `version` returns what is equal as long as the inbox has
    got nothing.
    """

    def __init__(
        self,
        database: Database,
        ids: Callable[[], Mapping[str, int]],
        revise: Callable[[], None],
        note: Note,
        version: Callable[[], Hashable],
    ) -> None:
        super().__init__(database, ids, revise)
        self._note = note
        self.version = version

    def states_of(self, urls: Collection[str]) -> dict[str, PushState]:
        """Return what is kept of these tasks, by URL."""
        ids = self._ids()
        with self._database.reading() as connection:
            return pushes.states_of(connection, {ids[url]: url for url in urls if url in ids})

    def waiting(self) -> set[str]:
        """Return the URLs of the tasks with pushes in the inbox."""
        with self._database.reading() as connection:
            return push_inbox.urls(connection)

    def exchange(
        self,
        urls: Collection[str],
        forwarded: Sequence[WaitingPush],
        receive: Callable[[Sequence[WaitingPush]], Sequence[PushWrite]],
    ) -> None:
        """Put pushes into the inbox and take those of some tasks out of it, in one transaction.

        What `receive` returns for those taken out is stored with that. All is on the disk when this returns.
        Raises StoreError if it is not.
        """
        with self._database.writing(durable=True) as connection:
            writes = receive(push_inbox.take(connection, urls))
            keys = self._keys(connection, [each.url for each in writes])
            self._recorder.record(connection, keys, [each for each in writes if each.url in keys])
            if forwarded:
                push_inbox.put(connection, forwarded)
                self._note(connection, ChangeKind.PUSHES)
        self._revise()

    def _keys(self, connection: Connection, urls: Sequence[str]) -> Mapping[str, int]:
        """Return the keys of tasks; one that another node has just removed is still received here."""
        known = self._ids()
        missing = [url for url in urls if url not in known]
        return {**known, **tasks.ids_of(connection, missing)} if missing else known
