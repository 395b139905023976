"""The database: the states of the tasks, their history, and the queued notifications."""

from py_pinger.store.database.errors import CommitsLostError, FencedError, StoreError
from py_pinger.store.quarantine import IncompleteError
from py_pinger.store.queries.silences import Silences
from py_pinger.store.store import Store

__all__ = [
    "CommitsLostError",
    "FencedError",
    "IncompleteError",
    "Silences",
    "Store",
    "StoreError",
]
