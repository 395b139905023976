"""Word to systemd, if it started us: ready, alive, stopping.

The protocol is one datagram a word; the libraries for it are larger than this, and long unmaintained.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from re import compile as pattern

_log = logging.getLogger(__name__)

# A 64-bit number, as systemd writes it; 0 stands for no watchdog.
_NUMBER = pattern(r"[1-9][0-9]{0,19}")


class ServiceManager:
    """The other end of NOTIFY_SOCKET; silent when there is none.

    `watchdog` is how often systemd wants to hear that we are alive, in seconds; None if it does not.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        microseconds = environ.get("WATCHDOG_USEC", "")
        # Half the time allowed, as systemd advises.
        self.watchdog = int(microseconds) / 2e6 if _NUMBER.fullmatch(microseconds) else None

    def ready(self) -> None:
        """Say that everything runs."""
        self._say("READY=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that we are about to end."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.settimeout(0)
                line.connect(self._address)
                line.send(word.encode())
        except OSError as error:
            _log.warning("systemd could not be told %s: %s", word, error.strerror or error)
