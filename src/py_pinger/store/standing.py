"""How the adopted tasks stand, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from py_pinger.core.model.incident import Listing
from py_pinger.core.model.transition import Step


class Standing:
    """The tasks' states as last written: ten thousand listings in a millisecond, not a third of a second.

    The states are those that the loops hold as well, so a task costs hardly more than its row here.
    """

    def __init__(self, listings: Iterable[Listing]) -> None:
        """Take what the database says; the order stays."""
        self._listings = {listing.url: listing for listing in listings}
        self._turn = Lock()

    def take(self, steps: Iterable[Step]) -> None:
        """Follow a batch that has been written: it is seen whole or not at all.

        A last step of a task that is not among them any more changes nothing.
        """
        with self._turn:
            for step in steps:
                if before := self._listings.get(step.url):
                    known = before.certificate_end
                    self._listings[step.url] = Listing(step.url, before.name, step.state, known)

    def certify(self, urls: Iterable[str], end: datetime) -> None:
        """Follow what was seen of the certificate of the server that these tasks share."""
        with self._turn:
            for url in urls:
                if before := self._listings.get(url):
                    self._listings[url] = replace(before, certificate_end=end)

    def all(self) -> tuple[Listing, ...]:
        """Return the tasks in their order."""
        with self._turn:
            return tuple(self._listings.values())

    def one(self, url: str) -> Listing | None:
        """Return one task, if it is among them."""
        return self._listings.get(url)
