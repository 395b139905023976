"""Work that no code waits for, or only for a limited time."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread


def in_background(act: Callable[[], object], *, daemon: bool = True) -> Thread | None:
    """Run in a thread, and return it; run at once and return None, if no thread can be started.

    Only a thread that is no `daemon` keeps the interpreter from ending.
    """
    thread = Thread(target=act, name="pinger-report", daemon=daemon)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is ending, or there are as many threads as the system allows
        act()
        return None
    return thread
