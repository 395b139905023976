"""Waiting for another process."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

_Result = TypeVar("_Result")

# Seconds. Nothing takes nearly as long on an idle machine; a busy one is given time.
PATIENCE = 60.0
PAUSE = 0.1


def eventually(probe: Callable[[], _Result | None], what: str, within: float = PATIENCE) -> _Result:
    """Return the first true result of a probe; fail, naming what was awaited, if there is none."""
    deadline = monotonic() + within
    while not (result := probe()):
        assert monotonic() < deadline, f"gave up waiting for {what}; last seen: {result!r}"
        sleep(PAUSE)
    return result
