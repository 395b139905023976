"""Senders of pings: each on a connection of its own, at a pace that waits for nobody's answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import uvloop

from bench.lateness import share
from bench.port import HOME

_END = b"\r\n\r\n"

# Seconds between two looks at what is due, and that the last answers may take.
_PAUSE = 0.002
_PATIENCE = 30.0


@dataclass(slots=True)
class Pings:
    """The results: how often each status came, the seconds of each answer, and the pings with a 200."""

    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Acknowledged pings a second."""
        return len(self.acknowledged) / self.seconds

    def wait(self, part: float) -> float:
        """Return the seconds within which this part of all answers came."""
        return share(sorted(self.waits), part)


def send(port: int, target: Callable[[int], str], rate: float, seconds: float) -> Pings:
    """Send pings for so many seconds; `target` returns the path of each by its number."""
    return uvloop.run(_send(port, target, rate, seconds))


async def _send(port: int, target: Callable[[int], str], rate: float, seconds: float) -> Pings:
    pings, began, sent = Pings(), monotonic(), 0
    under_way: set[asyncio.Task[None]] = set()
    while (now := monotonic() - began) < seconds:
        while sent < now * rate:
            ping = asyncio.create_task(_ping(port, sent, target(sent), pings))
            under_way.add(ping)
            ping.add_done_callback(under_way.discard)
            sent += 1
        await asyncio.sleep(_PAUSE)
    if under_way:
        await asyncio.wait(under_way, timeout=_PATIENCE)
    pings.seconds = monotonic() - began
    return pings


async def _ping(port: int, number: int, path: str, pings: Pings) -> None:
    began = monotonic()
    try:
        reader, writer = await asyncio.open_connection(HOME, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status = (await reader.readuntil(_END))[9:12].decode()
        writer.close()
    except (OSError, EOFError) as error:
        pings.statuses[type(error).__name__] += 1
        return
    pings.statuses[status] += 1
    pings.waits.append(monotonic() - began)
    if status == "200":
        pings.acknowledged.append(number)
