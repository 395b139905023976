"""The database as commands write to it, while the one who watches with it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from py_pinger.cli.exits import CannotStart
from py_pinger.config import Settings
from py_pinger.store import StoreError, Visit


@contextmanager
def visiting(settings: Settings) -> Iterator[Visit]:
    """Open the database of these settings for a moment. Raises CannotStart with what is wrong with it."""
    try:
        with closing(Visit.open(settings.main.database)) as visit:
            yield visit
    except StoreError as error:
        raise CannotStart(f"Nothing was done: {error}.") from None
