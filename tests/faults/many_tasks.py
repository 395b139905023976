"""Very many hosts, each with one healthy task, on connections that stay open."""

from __future__ import annotations

import asyncio
import resource
import socket
from collections import Counter
from threading import Thread
from typing import Self

from tests.support.task_pages import rendered, report


class ManyTasks:
    """Serves a task on each of so many addresses of loopback, and counts the requests to each.

    All show the same `page`.
    """

    def __init__(self, number: int) -> None:
        self.asked: Counter[bytes] = Counter()
        self.connections = 0
        self.transports: set[asyncio.Transport] = set()
        self.page = report()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        self._socket.bind(("0.0.0.0", 0))  # noqa: S104 - bound to loopback above
        port = self._socket.getsockname()[1]
        self.urls = [f"http://127.1.{each // 250}.{each % 250 + 1}:{port}/{each}" for each in range(number)]
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self._thread.start()
        serving = self._loop.create_server(lambda: _Line(self), sock=self._socket, backlog=4096)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        """Close the server and the connections that are still open."""
        self._server.close()
        for transport in self.transports:
            transport.abort()
        await asyncio.sleep(0)  # an aborted connection closes in the next round of the loop


class _Line(asyncio.Protocol):
    def __init__(self, many_tasks: ManyTasks) -> None:
        self._many_tasks = many_tasks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._many_tasks.connections += 1
        self._many_tasks.transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as the protocol has it
        """Forget the connection."""
        self._many_tasks.transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answer; a request of a few hundred bytes comes in one piece."""
        self._many_tasks.asked[data.split(b" ", 2)[1]] += 1
        body = rendered(self._many_tasks.page)
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
