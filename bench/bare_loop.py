"""Requests pages with the client library and does nothing else: no check can cost less.

`python -m bench.bare_loop URLS SECONDS RATE` reads the URLs from a file, asks for them in turns, and prints
what it used, in JSON. A rate of 0 a second is as fast as it goes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from time import process_time

import uvloop
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.http import Url

# Requests in progress at once when there is no rate.
TOGETHER = 50

# Seconds between two ticks; the program's loop has the same.
TICK = 0.05

# Part of the time that is not measured: connections and memory are set up.
WARM_UP = 0.25


class BareLoop:
    """Sends requests until it is `over`; `asked` is the number of responses."""

    def __init__(self, client: Client, urls: Iterator[Url]) -> None:
        self.asked = 0
        self.over = False
        self._client = client
        self._urls = urls

    async def flat_out(self) -> None:
        """Send requests as fast as possible."""
        async with asyncio.TaskGroup() as asking:
            for _ in range(TOGETHER):
                asking.create_task(self._ask_on())

    async def paced(self, rate: float) -> None:
        """Send so many requests a second, those of a tick at once."""
        loop = asyncio.get_running_loop()
        began, started = loop.time(), 0
        async with asyncio.TaskGroup() as asking:
            while not self.over:
                due = int((loop.time() - began) * rate)
                for _ in range(due - started):
                    asking.create_task(self._ask())
                started = due
                await asyncio.sleep(TICK)

    async def _ask_on(self) -> None:
        while not self.over:
            await self._ask()

    async def _ask(self) -> None:
        async with self._client.get(next(self._urls)).build_streamed() as response:
            await response.body_reader.read(2**20)
        self.asked += 1


async def main(urls: list[Url], seconds: float, rate: float) -> dict[str, float]:
    """Return the requests and the processor seconds that they took, the warm-up left out."""
    async with ClientBuilder().http1_only().pool_max_idle_per_host(TOGETHER).build() as client:
        bare = BareLoop(client, cycle(urls))
        asking = asyncio.create_task(bare.paced(rate) if rate else bare.flat_out())
        await asyncio.sleep(seconds * WARM_UP)
        asked, used = bare.asked, process_time()
        await asyncio.sleep(seconds * (1 - WARM_UP))
        asked, used = bare.asked - asked, process_time() - used
        # Asked to end rather than cancelled: the client library may lose a cancellation that meets an answer.
        bare.over = True
        await asking
    return {"asked": asked, "seconds": used}


if __name__ == "__main__":
    file, length, pace = sys.argv[1:]
    addresses = [Url.parse(line) for line in Path(file).read_text("utf-8").splitlines()]
    print(json.dumps(uvloop.run(main(addresses, float(length), float(pace)))))
