"""What is remembered: the states of the tasks, their history, and the outbox."""

from py_pinger.store.database.errors import StoreError
from py_pinger.store.external import Archive, Visit
from py_pinger.store.queries.silences import Silences
from py_pinger.store.store import Store

__all__ = ["Archive", "Silences", "Store", "StoreError", "Visit"]
