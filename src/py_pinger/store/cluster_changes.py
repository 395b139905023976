"""Whether there is something new in the database of a cluster: one cheap read instead of many dear ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from time import monotonic
from typing import Final

from py_pinger.core.model.cluster import ChangeKind
from py_pinger.store.queries.cluster.change_tokens import LONGEST, Tokens

# Seconds for which one read serves all who do not need a newer one: the search for deliveries reads as often.
SHARED_FOR: Final = 0.5


class ClusterChanges:
    """The numbers of changes, read when somebody needs them; may be used from any thread.

    `read` returns them, and may raise StoreError.
    """

    def __init__(self, read: Callable[[], Tokens], seconds: Callable[[], float] = monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = Lock()
        self._tokens: Tokens | None = None
        self._read_at = 0.0

    def version(
        self, *kinds: ChangeKind, max_age: float = SHARED_FOR, ignoring: int | None = None
    ) -> Hashable:
        """Return what is equal as long as nothing of these kinds has changed, but by one writer.

        It has to be requested before what it is about is read. It is at most `max_age` seconds old. Raises
        StoreError.
        """
        with self._lock:
            now = self._seconds()
            if self._tokens is None or now - self._read_at > max_age or not max_age:
                self._tokens = None
                self._tokens, self._read_at = self._read(), now
            tokens = self._tokens
        chosen = (each for each in tokens.items() if each[0][0] in kinds and each[0][1] != ignoring)
        return int(now // LONGEST), frozenset(chosen)

    def forget(self) -> None:
        """Read again at the next request: this process has just changed something."""
        with self._lock:
            self._tokens = None
