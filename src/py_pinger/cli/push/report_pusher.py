"""Pushes what pages said to another Py Pinger, by POST /report/SLUG."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from time import sleep
from typing import Final
from urllib.error import HTTPError

import orjson

from py_pinger import __version__
from py_pinger.cli.bounded_http import fetch
from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.push.relay_slugs import relay_slug, repeated_slugs, repetition
from py_pinger.cli.tasks.server_client import connection_cause
from py_pinger.cli.tasks.server_password import find_secret
from py_pinger.config.values.url import url_problem
from py_pinger.core.model.check import ItemList, NotListed, Status, TaskReport
from py_pinger.core.push.relayed_report import relayed_report
from py_pinger.core.push.routes import PING_ROUTE, REPORT_ROUTE
from py_pinger.core.text.formatting import clean, http_status
from py_pinger.core.text.urls import mask

VARIABLE: Final = "PINGER_PUSH_KEY"

# Seconds before the second and the third try. A server may want more, up to the limit.
PAUSES: Final = (1.0, 3.0)
LONGEST_PAUSE: Final = 10.0

# Reports that are sent at once.
_AT_ONCE: Final = 8
# Characters of a response that a message quotes.
_QUOTED: Final = 200

_BAD_REQUEST, _NOT_FOUND, _TOO_MANY_REQUESTS, _SERVER_ERROR = 400, 404, 429, 500


@dataclass(frozen=True, slots=True)
class CentralServer:
    """The Py Pinger that reports are pushed to, and the key of its [push] section."""

    url: str
    key: str = field(repr=False)

    @classmethod
    def at(cls, url: str, environ: Mapping[str, str]) -> CentralServer:
        """Return the server at an address, with its key from the environment or ~/.netrc.

        Raises UsageProblem if the address is wrong, or if there is no key.
        """
        if why := url_problem(url):
            raise UsageProblem(f"--push: {mask(url)} {why}; use for example https://pinger.example.com.")
        if mask(url) != url or PING_ROUTE in url:
            raise UsageProblem(
                "--push contains a secret, which everyone on this machine could read; use the address of Py"
                f" Pinger alone, and set {VARIABLE} to the key."
            )
        key = find_secret(url, VARIABLE, environ)
        if not key or not key.isascii() or not key.isprintable():
            raise UsageProblem(
                f"A key is needed; set {VARIABLE} to the key in [push] of {url}, or add it to ~/.netrc."
            )
        return cls(url.rstrip("/"), key)


class ReportPusher:
    """Pushes the results of checks to a server; `pause` waits so many seconds between tries."""

    def __init__(self, server: CentralServer, pause: Callable[[float], None] = sleep) -> None:
        self._server = server
        self._pause = pause

    async def push(self, results: Sequence[CheckResult]) -> Sequence[str]:
        """Push each result that is about a task; return why some could not be, each reason once."""
        loop = asyncio.get_running_loop()
        wanted = [each for each in results if not isinstance(each.report, ItemList | NotListed)]
        repeated = repeated_slugs(each.task for each in wanted)
        wanted = [each for each in wanted if relay_slug(each.task) not in repeated]
        with ThreadPoolExecutor(_AT_ONCE, "push") as threads:
            pushed = (loop.run_in_executor(threads, self._push, each) for each in wanted)
            reasons = await asyncio.gather(*pushed)
        return list(dict.fromkeys(filter(None, (*map(repetition, sorted(repeated)), *reasons))))

    def _push(self, result: CheckResult) -> str | None:
        """Push one result; return why it could not be."""
        if result.verdict.status is Status.UNKNOWN:
            return f"Cannot check {result.task.url}: {result.verdict.reason}."
        slug = relay_slug(result.task)
        report = result.report if isinstance(result.report, TaskReport) else None
        body = orjson.dumps(relayed_report(report, result.verdict))
        return self._send(slug, body)

    def _send(self, slug: str, body: bytes) -> str | None:
        url, why = f"{self._server.url}{REPORT_ROUTE}{slug}", ""
        headers = {
            "User-Agent": f"py-pinger/{__version__}",
            "Authorization": f"Bearer {self._server.key}",
            "Content-Type": "application/json",
        }
        for pause in (*PAUSES, None):
            try:
                fetch(url, headers, body)
            except HTTPError as error:
                why, least = self._rejected(slug, error), _retry_after(error)
                if least is None:
                    return why
            except (OSError, HTTPException) as error:
                why, least = f"Cannot connect to {self._server.url}: {connection_cause(error)}.", 0.0
            else:
                return None
            if pause is not None:
                self._pause(min(max(pause, least), LONGEST_PAUSE))
        return why

    def _rejected(self, slug: str, error: HTTPError) -> str:
        with error:
            text = clean(error.read(_QUOTED).decode("utf-8", "replace"))
        if error.code == _NOT_FOUND:
            return (
                f"{self._server.url} rejects the key, or has no task for this report: add a [task NAME]"
                f" section with push={slug} there."
            )
        if error.code == _BAD_REQUEST:
            return f"{self._server.url} rejects the report of {slug}: {text}."
        return f"{self._server.url} responded to the report of {slug} with {http_status(error.code)}."


def _retry_after(error: HTTPError) -> float | None:
    """Return the seconds that a server wants a client to wait; None if another try would fail too."""
    if error.code < _SERVER_ERROR and error.code != _TOO_MANY_REQUESTS:
        return None
    text = error.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0
