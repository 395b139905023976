"""The terminal that Py Pinger was started in, if it was."""

from __future__ import annotations

import os

_OWN = "/dev/tty"


class Terminal:
    """Knows whether there was one at the start, and whether it has been closed since."""

    def __init__(self) -> None:
        self._had = _is_there()

    @property
    def closed(self) -> bool:
        """Whether there was one that is gone: to a process that has none it can no longer be opened."""
        return self._had and not _is_there()


def _is_there() -> bool:
    try:
        os.close(os.open(_OWN, os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
