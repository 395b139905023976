"""Senders that ping tasks at a steady rate, and repeat what was not acknowledged, as curl --retry does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from random import Random
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Final, Self
from uuid import UUID

from tests.support.planted_secrets import PUSH_KEY
from tests.support.push_tasks import exchange, request

# Pings a second, by so many senders.
RATE: Final = 200
SENDERS: Final = 16

# A task may report every six seconds; more tasks than that, so that none is ever kept waiting.
TASKS: Final = 8 * RATE

# Seconds until what was not acknowledged is sent again.
AGAIN: Final = 0.2

# Of a hundred acknowledged pings so many are repeated all the same: their senders missed the answer.
REPEATED: Final = 10


def slug(number: int) -> str:
    """Return the slug of a task."""
    return f"job{number % TASKS}"


@dataclass(frozen=True, slots=True)
class Ping:
    """One run of a task: its id, and its exit code; 0 is a success."""

    slug: str
    rid: str
    code: int

    @property
    def mark(self) -> str:
        """By what the program remembers it."""
        return f"{self.rid} {'fail' if self.code else 'success'}"

    @property
    def request(self) -> bytes:
        """What its sender sends, each time the same."""
        return request("POST", f"/ping/{PUSH_KEY}/{self.slug}/{self.code}?rid={self.rid}", b"log of a run")


@dataclass
class PushStream:
    """Sends pings until it ends; `acknowledged` are those that were answered by 200, in this order."""

    port: int
    dice: Random
    acknowledged: dict[str, Ping] = field(default_factory=dict)
    sent: int = 0
    unanswered: int = 0
    repeated: int = 0
    unexpected: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._numbers = self._pings()
        self._lock, self._ending, self._broken_off = Lock(), Event(), Event()
        self._again: SimpleQueue[Ping] = SimpleQueue()
        self._began = monotonic()
        self._threads = [Thread(target=self._send_all) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._broken_off.set()
        self.end()

    def end(self) -> None:
        """Send no more, and wait until all is acknowledged."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def since(self, count: int) -> list[Ping]:
        """Return what was acknowledged after the first so many."""
        with self._lock:
            return [*self.acknowledged.values()][count:]

    def _pings(self) -> Iterator[Ping]:
        for number in count():
            rid = UUID(int=self.dice.getrandbits(128), version=4)
            yield Ping(slug(number), str(rid), self.dice.choice((0, 0, 0, 3)))

    def _send_all(self) -> None:
        while not self._broken_off.is_set() and (ping := self._next()):
            if not self._send(ping):
                sleep(AGAIN)
                self._again.put(ping)

    def _next(self) -> Ping | None:
        """Return what is to be sent next, at its time; None at the end, once all is acknowledged."""
        try:
            return self._again.get_nowait()
        except Empty:
            if self._ending.is_set():
                return None
        with self._lock:
            self.sent += 1
            due, ping = self._began + self.sent / RATE, next(self._numbers)
        sleep(max(0.0, due - monotonic()))
        return ping

    def _send(self, ping: Ping) -> bool:
        """Send a ping; return True if it is acknowledged."""
        try:
            status = exchange(self.port, ping.request).status
        except (OSError, AssertionError):
            self.unanswered += 1
            return False
        if status != 200:
            self.unexpected.add(status)
            return False
        with self._lock:
            seen = ping.rid in self.acknowledged
            self.acknowledged[ping.rid] = ping
            repeat = not seen and self.dice.randrange(100) < REPEATED
        if repeat:
            self.repeated += 1
            self._again.put(ping)
        return True
