"""Waiting for something that another process does."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

_Result = TypeVar("_Result")

# Seconds. Nothing takes nearly as long on an idle machine; a busy one is given time.
PATIENCE = 30.0
PAUSE = 0.1


def eventually(probe: Callable[[], _Result], what: str, within: float = PATIENCE) -> _Result:
    """Return the first result that counts as true; fail, saying what was waited for, if none comes."""
    deadline = monotonic() + within
    while not (result := probe()):
        assert monotonic() < deadline, f"waited in vain for {what}; last seen: {result!r}"
        sleep(PAUSE)
    return result
