"""Due times in slots: adding and taking cost the same whether ten tasks are watched or a hundred thousand."""

from __future__ import annotations

from math import ceil, floor
from typing import Generic, TypeVar

_Item = TypeVar("_Item")

# Seconds; how late an item may be taken. A twentieth of a second is nothing beside intervals of seconds.
SLOT = 0.05


class Wheel(Generic[_Item]):
    """Items by the moment they are due, in seconds of a clock that never goes back."""

    def __init__(self, now: float) -> None:
        self._slots: dict[int, list[_Item]] = {}
        self._next = floor(now / SLOT)

    def add(self, item: _Item, due: float) -> None:
        """Keep an item until it is due; what is due already comes with the next take."""
        self._slots.setdefault(max(ceil(due / SLOT), self._next), []).append(item)

    def take(self, now: float) -> list[_Item]:
        """Remove and return what is due, the earliest first; never anything before its time."""
        reached = floor(now / SLOT)
        due = [item for slot in range(self._next, reached + 1) for item in self._slots.pop(slot, ())]
        self._next = reached + 1
        return due

    def remove(self, item: _Item, due: float) -> bool:
        """Remove an item that was added for a moment, unless that has come, and tell whether it was there."""
        slot = self._slots.get(ceil(due / SLOT), [])
        if item in slot:
            slot.remove(item)
            return True
        return False

    def take_all(self) -> list[_Item]:
        """Remove and return everything, the earliest first."""
        items = [item for _, slot in sorted(self._slots.items()) for item in slot]
        self._slots.clear()
        return items


def following(due: float, now: float, interval: float) -> float:
    """Return the due time after `due`, a whole number of intervals on, so that lateness never adds up."""
    missed = max(0, floor((now - due) / interval))
    return due + (missed + 1) * interval
