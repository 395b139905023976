"""Word to systemd, if it started us: ready, alive, reloading, stopping.

The protocol is one datagram a word; the libraries for it are larger than this, and long unmaintained.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from re import compile as pattern
from time import monotonic_ns

from py_pinger.core.model.health import Health
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.text.formatting import clean, count

_log = logging.getLogger(__name__)

# A 64-bit number, as systemd writes it; 0 stands for no watchdog.
_NUMBER = pattern(r"[1-9][0-9]{0,19}")

# Seconds between two words on how we do when there is no watchdog to feed oftener.
NEWS = 60.0


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How we do, in a line for `systemctl status`; what is not `alive` is to be killed and begun anew."""

    alive: bool
    text: str


def service_status(listings: Sequence[TaskSnapshot], health: Health, *, alive: bool) -> ServiceStatus:
    """Put how we do into a line: `Watching 42 tasks, 1 failing`, and what is most wrong with ourselves."""
    failing = sum(listing.state.incident is not None for listing in listings)
    text = f"Watching {count(len(listings), 'task')}, {failing} failing"
    if health.problems:
        text = f"{text}; in trouble: {clean(health.problems[0].text)}"
    elif health.warnings:
        text = f"{text}; {clean(health.warnings[0].text)}"
    return ServiceStatus(alive, text)


class SystemdNotifier:
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

    def reloading(self) -> None:
        """Say that the settings are read again; `ready` says that this is over."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}")

    def tell(self, condition: ServiceStatus) -> None:
        """Say how we do, and feed the watchdog if there is one and we are alive."""
        fed = "WATCHDOG=1\n" if self.watchdog and condition.alive else ""
        self._say(f"{fed}STATUS={condition.text}")

    async def run(
        self, look: Callable[[], ServiceStatus], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        """Tell for ever, as often as the watchdog wants to hear of us and once a minute at least."""
        while True:
            self.tell(look())
            await sleep(min(self.watchdog or NEWS, NEWS))

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
            _log.warning("systemd could not be told %r: %s", word, error.strerror or error)
