"""The heartbeat: a URL called each minute, so that somebody else notices when nobody is watching here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from time import monotonic

from py_pinger.core.text.formatting import http_status
from py_pinger.core.text.urls import mask_path
from py_pinger.engine.probing.http_client import (
    HttpClient,
    HttpRequest,
    Redirect,
    Reply,
    split_credentials,
)
from py_pinger.engine.probing.retry import TimeBudget
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import every

_log = logging.getLogger(__name__)

# Seconds between two beats, and between two polls while no checks complete.
EVERY = 60.0
POLL_INTERVAL = 1.0

# How long a beat may take; far below a minute, so that none holds up the next.
LIMIT = timedelta(seconds=10)

# Bytes; the services answer "OK".
MAX_BODY = 65_536


class Heartbeat:
    """Calls the address while `has_completed_checks` says that tasks are really being checked.

    Without an address there is nothing to call. What becomes of a beat is logged when it begins to fail and
    when it is heard again; no more comes of it.
    The path of the address is its secret, and never shown.
    """

    def __init__(
        self, address: str | None, proven: Callable[[], bool], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._proven = proven
        self._sleep = sleep
        self._address = address
        self._failing = False

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another heartbeat URL in force."""
        secret = change.settings.main.heartbeat
        return lambda _: self.apply(secret.get_secret_value() if secret else None)

    def apply(self, address: str | None) -> None:
        """Call this address from the next beat on."""
        if address != self._address:
            self._address, self._failing = address, False

    async def run(self) -> None:
        """Send a beat each minute until cancelled."""
        while self._address is None:
            await self._sleep(POLL_INTERVAL)
        async with HttpClient() as http_client:
            beat = partial(self._round, http_client)
            await every(POLL_INTERVAL, beat, "the heartbeat", sleep=self._sleep, traceback=False)

    async def _round(self, http_client: HttpClient) -> float:
        """Beat if there is reason to; return the seconds until the next round."""
        address = self._address
        if address is None or not self._proven():
            return POLL_INTERVAL
        deadline = TimeBudget(LIMIT, monotonic())
        why = await self._beat(http_client, address, deadline)
        if address == self._address:
            self._note(mask_path(address), why)
        return max(EVERY - deadline.spent().total_seconds(), POLL_INTERVAL)

    async def _beat(self, http_client: HttpClient, address: str, deadline: TimeBudget) -> str | None:
        """Return why the beat was not heard, None if it was."""
        url, headers = split_credentials(address)
        outcome = await http_client.get(HttpRequest(url, headers, deadline, MAX_BODY))
        if isinstance(outcome, Redirect):
            return "it redirects elsewhere; give the address that it leads to"
        if not isinstance(outcome, Reply):
            return outcome.detail
        heard = HTTPStatus.OK <= outcome.status < HTTPStatus.MULTIPLE_CHOICES
        return None if heard else http_status(outcome.status)

    def _note(self, place: str, why: str | None) -> None:
        if why and not self._failing:
            _log.warning("The heartbeat to %s is not heard, and goes on: %s", place, why)
        elif not why and self._failing:
            _log.warning("The heartbeat to %s is heard again.", place)
        self._failing = why is not None
