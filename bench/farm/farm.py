"""The farm: pages at many addresses, and the right verdicts on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from bench.farm.certificate import certificate
from bench.farm.hostile_pages import HostileServer
from bench.farm.nginx import Nginx
from bench.farm.page import EXPECTED, OK, PLAIN, Expected, Kind, Page, addresses, mixed, path_of
from bench.farm.slack import PATH, Slack
from bench.port import HOME, held_port

# Addresses among which the pages are spread: as many hosts, to a client.
ADDRESSES = 200


class Farm:
    """Serves pages as the mix says how many of each kind; `pages` are in the order to watch them in.

    With `arrivals`, it notes when each request for a healthy page came.
    """

    def __init__(self, mix: Mapping[Kind, int], spread: int = ADDRESSES, *, arrivals: bool = False) -> None:
        self._mix = mix
        self._addresses = addresses(spread)
        self._arrivals = arrivals
        self._stack = ExitStack()
        self.expected: dict[str, Expected] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(TemporaryDirectory(prefix="py-pinger-farm-")))
            now = datetime.now(UTC)
            self.certificate = certificate(self.folder, self._addresses, now)
            nginx = Nginx(self.folder, self._addresses, self.certificate, now, arrivals=self._arrivals)
            self.nginx = stack.enter_context(nginx)
            self.hostile = stack.enter_context(HostileServer([HOME, *self._addresses]))
            self._refusing_port = stack.enter_context(held_port())
            self._stack = stack.pop_all()
        self.pages = tuple(self._page(kind, number) for number, kind in enumerate(mixed(self._mix)))
        self.expected = {page.url: EXPECTED[page.kind] for page in self.pages}
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def slack(self) -> Slack:
        """The Slack that messages are posted to."""
        return self.hostile.slack

    @property
    def slack_url(self) -> str:
        """Its URL."""
        return f"http://{HOME}:{self.hostile.port}{PATH}"

    def requests(self) -> int:
        """Return how many requests for pages there were in all."""
        return self.nginx.requests() + self.hostile.requests

    def switch(self, pages: Sequence[Page], *, failing: bool) -> float:
        """Let pages fail or recover; return when, in monotonic seconds.

        What is expected counts on each switch being seen before the next.
        """
        word, state = ("failed", Expected("error", "failed")) if failing else ("recovered", OK)
        for page in pages:
            notices = (*self.expected[page.url].notices, word)
            self.expected[page.url] = replace(state, notices=notices)
        return self.hostile.switch([page.path for page in pages], failing=failing)

    def _page(self, kind: Kind, number: int) -> Page:
        address = self._addresses[number % len(self._addresses)]
        return Page(kind, number, f"{self._origin(kind, address)}{path_of(kind, number)}")

    def _origin(self, kind: Kind, address: str) -> str:
        if kind is Kind.SECURE:
            return f"https://{address}:{self.nginx.secure_port}"
        port = self.nginx.port if kind in PLAIN else self.hostile.port
        return f"http://{address}:{self._refusing_port if kind is Kind.REFUSING else port}"


def wrong_verdicts(
    expected: Mapping[str, Expected], verdicts: Mapping[str, tuple[str, str | None]]
) -> Iterator[str]:
    """Yield what is wrong with the verdicts, each a status and a cause."""
    for url, right in expected.items():
        if (verdict := verdicts.get(url)) != (right.status, right.cause):
            yield f"{url}: the verdict is {verdict}, right is {(right.status, right.cause)}"
    for url in verdicts.keys() - expected.keys():
        yield f"{url} is watched, but the farm has no such page"


def wrong_notices(expected: Mapping[str, Expected], notices: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what is wrong with the notices: one that is missing, or one too many."""
    for url, right in expected.items():
        if (told := notices.get(url, ())) != right.notices:
            yield f"{url}: the notices are {told}, due are {right.notices}"
