"""The part of the store for tasks that are pushed; loaded where there are some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from py_pinger.core.model.push import PushState, PushWrite
from py_pinger.store.database.base import Database
from py_pinger.store.queries import pushes
from py_pinger.store.queries.pushes import PushRecorder


class PushStore:
    """Each method is one transaction, as those of the store; they may be called from any thread.

    `ids` returns the keys of tasks by URL, and `revise` is called after each write.
    """

    def __init__(
        self, database: Database, ids: Callable[[], Mapping[str, int]], revise: Callable[[], None]
    ) -> None:
        self._database = database
        self._recorder = PushRecorder(database.insert)
        self._ids = ids
        self._revise = revise

    def states(self) -> dict[str, PushState]:
        """Return what is kept of each task that is pushed, monitored or not, by its URL."""
        with self._database.reading() as connection:
            return pushes.states(connection)

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Store pushes of tasks that are or were monitored, in their order.

        They are on the disk when this returns. Raises StoreError if they are not.
        """
        with self._database.writing(durable=True) as connection:
            self._recorder.record(connection, self._ids(), writes)
        self._revise()
