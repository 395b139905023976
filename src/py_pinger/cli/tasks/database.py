"""The database, as commands use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.tasks.snapshot import Snapshot, Unavailable
from py_pinger.config import Settings
from py_pinger.core.suppression.silence import active_silences
from py_pinger.core.times import MIN_TIME
from py_pinger.store import StoreError
from py_pinger.store.external import ReadOnlyStore, SharedStore
from py_pinger.web.view.task_row import row


@contextmanager
def open_shared(settings: Settings) -> Iterator[SharedStore]:
    """Open the database for a short write, also while Py Pinger runs.

    Raises CannotStart if it fails.
    """
    try:
        with closing(SharedStore.open(settings.main.database)) as store:
            yield store
    except StoreError as error:
        raise CannotStart(f"No changes were made: {error}.") from None


def read_snapshot(database: str, now: datetime, why: str) -> Snapshot | Unavailable:
    """Return the tasks as last written; `why` explains why they are not read from the server."""
    try:
        with closing(ReadOnlyStore.open(database)) as store:
            snapshots, downtime = store.task_snapshots(), store.downtime()
            stored = store.suppressions(now)
    except StoreError as error:
        return Unavailable(str(error))
    silences = active_silences(stored.silences, (), now, stored.acknowledgements)
    rows = tuple(row(each, now, silences) for each in snapshots)
    checked = max((each["checked"] or MIN_TIME for each in rows), default=MIN_TIME)
    return Snapshot("database", store.name, now, downtime.last_seen if downtime else checked, rows, why)
