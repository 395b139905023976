"""The notices about an outage of Py Pinger's own network: a beginning, and an end if there was one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import connectivity
from py_pinger.engine.selfcheck.outage import Outage


class OutageNotices:
    """`announce` takes the notices."""

    def __init__(self, announce: Callable[[Notice], None], clock: Callable[[], datetime]) -> None:
        self._announce = announce
        self._clock = clock
        self._is_open = False

    def warn(self, outage: Outage) -> None:
        """Announce an outage, once."""
        if not self._is_open:
            self._announce(connectivity.warning(outage.counts(), outage.since, self._clock()))
            self._is_open = True

    def say_it_lasts(self, outage: Outage) -> None:
        """Announce that failures of tasks are notified from now on."""
        self._announce(connectivity.lasting(outage.counts(), outage.since, self._clock()))

    def all_clear(self, outage: Outage) -> None:
        """Announce the end of an outage that was announced."""
        if self._is_open:
            self._announce(connectivity.all_clear(outage.counts(), outage.since, self._clock()))

    def forget(self) -> None:
        """Begin with the next outage."""
        self._is_open = False
