"""Notifies systemd, if it started the program: ready, alive, reloading, stopping.

The protocol is one datagram a message; the libraries for it are larger than this, and not maintained.
"""

from __future__ import annotations

import logging
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic_ns

from py_pinger.core.model.health import Health
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.text.formatting import clean, count
from py_pinger.core.text.system_error import system_cause
from py_pinger.engine.runtime.repeat import LoopFailures, Sleep, every

_log = logging.getLogger(__name__)

# A 64-bit number, as systemd writes it; 0 stands for no watchdog.
_NUMBER = re.compile(r"[1-9][0-9]{0,19}")

# Seconds between two status lines if no watchdog needs more.
STATUS_INTERVAL = 60.0


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A line for `systemctl status`.

    A process that is not `alive` should be killed and started again.
    """

    alive: bool
    text: str


def service_status(snapshots: Sequence[TaskSnapshot], health: Health, *, alive: bool) -> ServiceStatus:
    """Return the status line, with the first problem of Py Pinger itself."""
    failing = sum(snapshot.state.incident is not None for snapshot in snapshots)
    text = f"Watching {count(len(snapshots), 'task')}, {failing} failing"
    if health.problems:
        text = f"{text}; problem: {clean(health.problems[0].text)}"
    elif health.warnings:
        text = f"{text}; {clean(health.warnings[0].text)}"
    return ServiceStatus(alive, text)


class SystemdNotifier:
    """The other end of NOTIFY_SOCKET; does nothing without one.

    `watchdog` is the number of seconds between two pings of the watchdog, None if there is no watchdog.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        microseconds = environ.get("WATCHDOG_USEC", "")
        # Half the time allowed, as systemd advises.
        self.watchdog = int(microseconds) / 2e6 if _NUMBER.fullmatch(microseconds) else None

    def ready(self) -> None:
        """Report that everything runs."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Report that the settings are read again; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}")

    def notify(self, status: ServiceStatus) -> None:
        """Send the status line, and ping the watchdog if the process is alive."""
        ping = "WATCHDOG=1\n" if self.watchdog and status.alive else ""
        self._send(f"{ping}STATUS={status.text}")

    async def run(
        self, status: Callable[[], ServiceStatus], sleep: Sleep, failures: LoopFailures | None = None
    ) -> None:
        """Notify as often as the watchdog needs it, and at least once a minute, until cancelled."""

        async def notify() -> None:
            self.notify(status())

        interval = min(self.watchdog or STATUS_INTERVAL, STATUS_INTERVAL)
        await every(interval, notify, "the notifications of systemd", sleep=sleep, failures=failures)

    def stopping(self) -> None:
        """Report that the process is about to end."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.settimeout(0)
                line.connect(self._address)
                line.send(message.encode())
        except OSError as error:
            _log.warning("Cannot notify systemd of %r: %s", message, system_cause(error))
