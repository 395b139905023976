"""The signals that stop Py Pinger, and the one that has it read its settings again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from py_pinger.app.terminal import Terminal


def heed(stop: Callable[[], None], reload: Callable[[], None] | None, terminal: Terminal) -> None:
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
