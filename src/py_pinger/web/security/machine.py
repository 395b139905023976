"""What this machine is called."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Lock as Mutex
from threading import Thread

# Seconds that whoever has the resolver asked waits for its answer; everybody else does not wait.
PATIENCE = 1.0
# Seconds before it is asked again when it knew no other name.
ASKED_AGAIN = 60.0


class Machine:
    """Knows its host name at once, and its full name once the resolver has told that.

    A resolver may hang for half a minute, so it is asked in a thread of its own, when first needed.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        """`tick` gives seconds, of any clock that never steps back."""
        self._tick = tick
        self._full = ""
        self._mutex = Mutex()
        self._asking: Thread | None = None
        self._rests_until = float("-inf")

    def names(self) -> frozenset[str]:
        """Return the names that are known by now."""
        own = socket.gethostname()
        if asking := self._begin_to_ask(own):
            asking.join(PATIENCE)
        return frozenset({own, self._full} - {""})

    def _begin_to_ask(self, own: str) -> Thread | None:
        """Have the resolver asked, unless it has told another name, is being asked, or was a moment ago."""
        with self._mutex:
            under_way = self._asking is not None and self._asking.is_alive()
            # In this order: an answer is there before its thread has ended.
            if under_way or self._full not in {"", own} or self._tick() < self._rests_until:
                return None
            self._rests_until = self._tick() + ASKED_AGAIN
            self._asking = Thread(target=self._ask, name="full name", daemon=True)
            self._asking.start()
            return self._asking

    def _ask(self) -> None:
        # A host name that is no domain name is an error of its encoding.
        with suppress(OSError, UnicodeError):
            self._full = socket.getfqdn()
