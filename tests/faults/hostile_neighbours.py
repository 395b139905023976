"""The healthy tasks beside hostile ones: a server that notes when each was asked, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from asyncio import Protocol, Transport, get_running_loop, run, to_thread
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic
from typing import Self, cast

import orjson
from tests.faults.hostile import page
from tests.support.program import ROOT
from tests.support.task_pages import report


@dataclass
class _Connection(Protocol):
    """Answers each request, whatever it is, with a healthy page."""

    asked: dict[str, list[float]]
    transport: Transport = field(init=False)

    def connection_made(self, transport: object) -> None:
        """Keep the way back."""
        self.transport = cast("Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer; a request of the program fits into one segment."""
        self.asked[data.split(b" ", 2)[1].decode()].append(monotonic())
        self.transport.write(page(report()))


class Neighbours:
    """The server, seen from the test."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.hostile_neighbours"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._origin = self._line().decode()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def urls(self, count: int) -> list[str]:
        """Return the addresses of so many tasks."""
        return [f"{self._origin}/{number}" for number in range(count)]

    def forget(self) -> None:
        """Forget what was asked until now."""
        self._say(b"forget\n")

    def lateness(self, interval: float) -> list[float]:
        """Return by how many seconds each interval between two requests for one task was off, in order."""
        self._say(b"tell\n")
        asked: dict[str, list[float]] = orjson.loads(self._line())
        gaps = (later - earlier for times in asked.values() for earlier, later in pairwise(times))
        return sorted(abs(gap - interval) for gap in gaps)

    def _say(self, word: bytes) -> None:
        assert self._process.stdin
        self._process.stdin.write(word)
        self._process.stdin.flush()

    def _line(self) -> bytes:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


async def _main() -> None:
    asked: dict[str, list[float]] = defaultdict(list)
    server = await get_running_loop().create_server(lambda: _Connection(asked), "127.0.0.1", 0, backlog=1024)
    _say(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}".encode())
    while word := await to_thread(sys.stdin.buffer.readline):
        if word == b"tell\n":
            _say(orjson.dumps(asked))
        asked.clear()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(_main())
