"""The heartbeat: requests a URL each minute, so that its end is noticed elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus

from py_pinger.core.text.formatting import http_status
from py_pinger.core.text.urls import mask_path
from py_pinger.core.times import Clock
from py_pinger.engine.probing.exchange import HttpRequest, Redirect, Reply, split_credentials
from py_pinger.engine.probing.http_client import HttpClient
from py_pinger.engine.probing.retry import TimeBudget
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every

_log = logging.getLogger(__name__)

# Seconds between two calls, and between two polls while no checks complete.
EVERY = 60.0
POLL_INTERVAL = 1.0

# How long a call may take; far below a minute, so that none delays the next.
LIMIT = timedelta(seconds=10)

# Bytes; the services respond with "OK".
MAX_BODY = 65_536


class Heartbeat:
    """Requests the URL while `has_completed_checks` returns True; without a URL it does nothing.

    Failures are logged when they begin and when they end. The URL's path is its secret, and never shown.
    """

    def __init__(
        self,
        has_completed_checks: Callable[[], bool],
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._has_completed_checks = has_completed_checks
        self._clock = clock
        self._sleep = sleep
        self._url: str | None = None
        self._failure_log = _failure_log("")

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts another heartbeat URL in force."""
        secret = change.settings.main.heartbeat
        return lambda _: self.apply(secret.get_secret_value() if secret else None)

    def apply(self, url: str | None) -> None:
        """Request this URL from the next call on."""
        if url != self._url:
            self._url, self._failure_log = url, _failure_log(mask_path(url or ""))

    async def run(self, failures: LoopFailures | None = None) -> None:
        """Call the URL each minute until cancelled."""
        while self._url is None:
            await self._sleep(POLL_INTERVAL)
        async with HttpClient() as http_client:
            call = partial(self._round, http_client)
            await every(
                POLL_INTERVAL, call, "the heartbeat", sleep=self._sleep, traceback=False, failures=failures
            )

    async def _round(self, http_client: HttpClient) -> float:
        """Call the URL if checks complete; return the seconds until the next round."""
        url = self._url
        if url is None or not self._has_completed_checks():
            return POLL_INTERVAL
        budget = TimeBudget(LIMIT, self._clock.monotonic())
        problem = await self._call(http_client, url, budget)
        if url == self._url:
            self._failure_log.record(problem)
        return max(EVERY - budget.spent().total_seconds(), POLL_INTERVAL)

    async def _call(self, http_client: HttpClient, url: str, budget: TimeBudget) -> str | None:
        """Return why the call failed, None if it succeeded."""
        address, headers = split_credentials(url)
        result = await http_client.send(HttpRequest(address, headers, budget, MAX_BODY))
        if isinstance(result, Redirect):
            return "it redirects to another URL; use that one"
        if not isinstance(result, Reply):
            return result.detail
        accepted = HTTPStatus.OK <= result.status < HTTPStatus.MULTIPLE_CHOICES
        return None if accepted else http_status(result.status)


def _failure_log(place: str) -> FailureLog:
    name = f"Cannot send the heartbeat to {place}"
    return FailureLog(_log, f"{name}, will retry", f"{name}: recovered.")
