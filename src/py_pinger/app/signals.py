"""Signals, and whether our terminal was closed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

_OWN = "/dev/tty"


class ControllingTerminal:
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


def install_handlers(
    stop: Callable[[], None], reload: Callable[[], None] | None, terminal: ControllingTerminal
) -> None:
    """Have signals call these; `reload` is None where there is nothing to read again.

    A terminal that is closed sends SIGHUP as well: then whoever could look at us is gone, and it is a stop.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, stop)

    def hang_up() -> None:
        if reload is None or terminal.closed:
            stop()
        else:
            reload()

    # nohup has it ignored, and so does whoever else wants us to outlive a terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, hang_up)
