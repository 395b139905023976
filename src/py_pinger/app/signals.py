"""Signal handlers, and whether the controlling terminal was closed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

_CONTROLLING_TERMINAL = "/dev/tty"


class ControllingTerminal:
    """Remembers whether there was one at the start."""

    def __init__(self) -> None:
        self._existed = _exists()

    @property
    def closed(self) -> bool:
        """Whether there was a terminal, and it can no longer be opened."""
        return self._existed and not _exists()


def _exists() -> bool:
    try:
        os.close(os.open(_CONTROLLING_TERMINAL, os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def install_handlers(
    stop: Callable[[], None], reload: Callable[[], None] | None, terminal: ControllingTerminal
) -> None:
    """Have SIGTERM and SIGINT stop the program, and SIGHUP reload, if `reload` is given.

    SIGHUP also comes when the terminal is closed: then it is a stop.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, stop)

    def hang_up() -> None:
        if reload is None or terminal.closed:
            stop()
        else:
            reload()

    # nohup ignores it, so that the program outlives the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, hang_up)
