"""Senders that ping at a steady rate, each time on a new connection, as curl in a crontab does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import uvloop

from bench.lateness import share
from bench.port import HOME

# Addresses of loopback that the senders have: a server limits what one client may do.
ADDRESSES = 200

# Seconds that an answer may take; curl's own line has 10.
PATIENCE = 10.0


@dataclass(slots=True)
class PingLoad:
    """How often each status came, 0 for none, and the seconds from when each ping was due to its answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def wait(self, part: float) -> float:
        """Return the seconds within which this part of all answers came."""
        return share(sorted(self.waits), part)


def ping(port: int, request_of: Callable[[int], bytes], count: int, rate: float) -> PingLoad:
    """Send so many pings, `rate` a second; `request_of` returns the request with a number."""
    return uvloop.run(_ping(port, request_of, count, rate))


async def _ping(port: int, request_of: Callable[[int], bytes], count: int, rate: float) -> PingLoad:
    load, began, sending = PingLoad(), monotonic(), set[asyncio.Task[None]]()
    for number in range(count):
        due = began + number / rate
        if (wait := due - monotonic()) > 0:
            await asyncio.sleep(wait)
        sent = asyncio.create_task(_send(load, port, number, request_of(number), due))
        sending.add(sent)
        sent.add_done_callback(sending.discard)
    await asyncio.gather(*sending)
    load.seconds = monotonic() - began
    return load


async def _send(load: PingLoad, port: int, number: int, request: bytes, due: float) -> None:
    loop, client = asyncio.get_running_loop(), f"127.0.9.{number % ADDRESSES + 1}"
    try:
        async with asyncio.timeout(PATIENCE):
            _, answer = await loop.create_connection(
                lambda: _Ping(request), HOME, port, local_addr=(client, 0)
            )
            status = await answer.status
    except (OSError, TimeoutError):
        status = 0
    load.statuses[status] += 1
    load.waits.append(monotonic() - due)


class _Ping(asyncio.Protocol):
    """One ping on one connection; its `status` is 0 if the server closes it without an answer."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # a client's connection is of this type
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.status.done():
            self.status.set_result(int(data[9:12]))
        self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.status.done():
            self.status.set_result(0)
