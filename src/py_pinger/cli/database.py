"""The database as commands use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.snapshot import Snapshot, Unavailable
from py_pinger.config import Settings
from py_pinger.core.suppression.silence import TaskLabels, active_silences
from py_pinger.core.times import MIN_TIME
from py_pinger.store import ReadOnlyStore, SharedStore, StoreError
from py_pinger.web.view.task_row import row


@contextmanager
def visiting(settings: Settings) -> Iterator[SharedStore]:
    """Open the database of these settings for a moment. Raises CannotStart with what is wrong with it."""
    try:
        with closing(SharedStore.open(settings.main.database)) as visit:
            yield visit
    except StoreError as error:
        raise CannotStart(f"Nothing was done: {error}.") from None


def look(database: str, now: datetime, why: str) -> Snapshot | Unavailable:
    """Return how the tasks were when they were last written; `why` it is not the server that is asked."""
    try:
        with closing(ReadOnlyStore.open(database)) as archive:
            snapshots, absence = archive.task_snapshots(), archive.downtime()
            silenced = active_silences(archive.silences(now), (), now)
    except StoreError as error:
        return Unavailable(str(error))
    rows = tuple(row(snapshot, now, silenced.matching(TaskLabels.of(snapshot))) for snapshot in snapshots)
    checked = max((each["checked"] or MIN_TIME for each in rows), default=MIN_TIME)
    return Snapshot("database", archive.name, now, absence.last_seen if absence else checked, rows, why)
