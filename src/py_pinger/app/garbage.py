"""When garbage is searched: not while settings are read and applied, which makes none."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# After so many new objects, and after so many rounds in the next generations. Most objects of a check end
# with its batch: ten times as many new ones as by default save 1 % of its cost. All objects are searched
# ten times less often than by default: with 100,000 tasks that took half a second, every few seconds.
_THRESHOLDS = (7000, 10, 10)


@contextmanager
def no_collection() -> Iterator[None]:
    """Search for no garbage meanwhile: it would cost a start a tenth, and stop the loop for a second."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def keep_for_good() -> None:
    """Leave out of all later searches what exists now, since it lives on, and search less often."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
