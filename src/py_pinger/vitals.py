"""Whether Py Pinger itself moves: what /healthz says, and what feeds systemd's watchdog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic

from py_pinger.core.history import Pulse
from py_pinger.core.model import Health
from py_pinger.engine.dispatcher import Courier
from py_pinger.engine.ledger import Ledger
from py_pinger.engine.monitor import Monitor

# Seconds without a tick after which the loop counts as standing still; it ticks 20 times a second.
STANDSTILL = 5.0


class Vitals:
    """Reads the pulse of the loops; may be asked from any thread."""

    def __init__(self, monitor: Monitor, ledger: Ledger, couriers: Sequence[Courier]) -> None:
        self._monitor = monitor
        self._ledger = ledger
        self._couriers = couriers

    @property
    def loop_moves(self) -> bool:
        """Whether tasks are being checked."""
        return monotonic() - self._monitor.ticked < STANDSTILL

    def health(self) -> Health:
        """Return what does not move, if anything."""
        return Health(tuple(self._problems()))

    def pulse(self) -> Pulse:
        """Return how fast the loop checks, and how late."""
        return self._monitor.pulse.read(monotonic())

    def _problems(self) -> Iterator[str]:
        if not self.loop_moves:
            yield "the monitor's loop stands still: tasks are not being checked"
        if trouble := self._ledger.trouble:
            yield f"the store does not take our writing: {trouble}"
        for courier in self._couriers:
            if courier.stuck:
                yield f"the dispatcher does not move: {courier.name}"
            if trouble := courier.trouble:
                yield f"the outbox for {courier.name} cannot be read or written: {trouble}"
