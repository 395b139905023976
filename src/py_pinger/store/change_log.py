"""Which tasks have changed last, for readers that do not want to read all of them again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from secrets import randbits


class ChangeLog:
    """The URLs of the tasks of the last changes, at most so many; their version grows with each change.

    It needs a lock around it.
    """

    def __init__(self, most: int) -> None:
        """Start with a version that no other log had, since readers outlive logs."""
        self.version = randbits(48)
        self._most = most
        self._number = 0
        self._changes = deque[Sequence[str]]()

    def add(self, urls: Sequence[str]) -> None:
        """Add a change of these tasks, if any; forget the first ones if there are too many."""
        if not urls:
            return
        self.version += 1
        self._changes.append(urls)
        self._number += len(urls)
        while self._number > self._most:
            self._number -= len(self._changes.popleft())

    def forget(self) -> None:
        """Note that the tasks are other ones, so that all have to be read again."""
        self.version += 1
        self._number = 0
        self._changes.clear()

    def since(self, version: int) -> frozenset[str] | None:
        """Return the tasks that have changed since a version; None if that is not known."""
        number = self.version - version
        if not 0 <= number <= len(self._changes):
            return None
        return frozenset().union(*islice(reversed(self._changes), number))
