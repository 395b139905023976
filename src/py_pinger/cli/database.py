"""The database as commands use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.snapshot import Sight, Unseen
from py_pinger.config import Settings
from py_pinger.core.suppression.silence import Names, silencing
from py_pinger.core.times import DAWN
from py_pinger.store import Archive, StoreError, Visit
from py_pinger.web.view.task_row import row


@contextmanager
def visiting(settings: Settings) -> Iterator[Visit]:
    """Open the database of these settings for a moment. Raises CannotStart with what is wrong with it."""
    try:
        with closing(Visit.open(settings.main.database)) as visit:
            yield visit
    except StoreError as error:
        raise CannotStart(f"Nothing was done: {error}.") from None


def look(database: str, now: datetime, why: str) -> Sight | Unseen:
    """Return how the tasks were when they were last written; `why` it is not the server that is asked."""
    try:
        with closing(Archive.open(database)) as archive:
            listings, absence = archive.listings(), archive.absence()
            silenced = silencing(archive.silences(now), (), now)
    except StoreError as error:
        return Unseen(str(error))
    rows = tuple(row(listing, now, silenced.of(Names.of(listing))) for listing in listings)
    checked = max((each["checked"] or DAWN for each in rows), default=DAWN)
    return Sight("database", archive.place, now, absence.last_seen if absence else checked, rows, why)
