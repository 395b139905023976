"""Probes pages of other programs: one request for all tasks of a page, read once for all of them.

What reads the pages is imported with the first of them: with its parsers it takes 30 ms and 3 MiB.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from py_pinger.core.model.check import NoResponse, ProbeResult, Response
from py_pinger.core.model.page import PageDefinition, item_of
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.times import ZERO

if TYPE_CHECKING:
    from py_pinger.core.reading.opened_page import OpenedPage
    from py_pinger.core.reading.read import PageReading

# Bytes of a page that is parsed without a thread: within a few milliseconds.
PARSED_AT_ONCE: Final = 65_536

# Responses that are kept for other tasks of their pages; the oldest make room.
PAGES_KEPT: Final = 1000

_Key = tuple[object, ...]


@dataclass(slots=True)
class _Shared:
    """The last response of a page, when it came in monotonic seconds, and what has been read from it.

    `interval` is the shortest of the tasks that share it.
    """

    interval: timedelta
    request: asyncio.Task[ProbeResult] | None = None
    response: Response | None = None
    received: float = 0.0
    opened: dict[PageDefinition, OpenedPage] = field(default_factory=dict)
    readings: dict[tuple[str | None, Expectations], tuple[Mapping[str, str], PageReading]] = field(
        default_factory=dict
    )


class PageProber:
    """Probes tasks; those whose pages are of other programs share requests and what is read.

    A response serves all tasks with the same request while it is not older than half the shortest interval
    among them. `probe` sends the requests.
    """

    def __init__(
        self, probe: Callable[[Task], Awaitable[ProbeResult]], monotonic: Callable[[], float]
    ) -> None:
        self._probe = probe
        self._monotonic = monotonic
        self._pages: dict[_Key, _Shared] = {}

    async def probe(self, task: Task) -> ProbeResult:
        """Probe a task once; network and server failures are returned, never raised."""
        page = task.expectations.page
        if page is None:
            return await self._probe(task)
        shared = self._shared(task)
        result = await self._response(task, shared)
        if isinstance(result, NoResponse):
            return result
        return await self._with_report(task, page, shared, result)

    def reading(self, task: Task) -> PageReading | None:
        """Return what was read for a task the last time; None for a page by the contract, or without one."""
        shared = self._pages.get(_key(task))
        read = shared and shared.readings.get((item_of(task.url), task.expectations))
        return read[1] if read else None

    def _shared(self, task: Task) -> _Shared:
        key = _key(task)
        shared = self._pages.pop(key, None) or _Shared(task.interval)
        # The last in order is the one used last.
        self._pages[key] = shared
        shared.interval = min(shared.interval, task.interval)
        while len(self._pages) > PAGES_KEPT:
            del self._pages[next(iter(self._pages))]
        return shared

    async def _response(self, task: Task, shared: _Shared) -> ProbeResult:
        """Return a response that is recent enough, or the result of a request, which others wait for too."""
        age = self._monotonic() - shared.received
        if shared.response is not None and age <= shared.interval.total_seconds() / 2:
            return replace(shared.response, duration=ZERO)
        if shared.request is None:
            shared.request = asyncio.ensure_future(self._request(task, shared))
        # A task that is given up must not end the request of the others.
        return await asyncio.shield(shared.request)

    async def _request(self, task: Task, shared: _Shared) -> ProbeResult:
        try:
            result = await self._probe(task)
        finally:
            shared.request = None
        if isinstance(result, Response):
            shared.response, shared.received = result, self._monotonic()
        return result

    async def _with_report(
        self, task: Task, page: PageDefinition, shared: _Shared, response: Response
    ) -> Response:
        from py_pinger.core.reading.read import read_page  # noqa: PLC0415 - as the module says

        opened = await _opened(page, shared, response)
        item = item_of(task.url)
        headers, reading = shared.readings.get((item, task.expectations), (None, None))
        if reading is None or headers != response.headers:
            reading = read_page(opened, response.headers, item, task.expectations)
            shared.readings[item, task.expectations] = response.headers, reading
        return replace(response, body=opened.body_of(item), report=reading.report)


async def _opened(page: PageDefinition, shared: _Shared, response: Response) -> OpenedPage:
    """Return the page of a response, parsed; one that is the same as before is not parsed again."""
    from py_pinger.core.reading.opened_page import open_page  # noqa: PLC0415 - as the module says

    known = shared.opened.get(page)
    if known is not None and known.body == response.body:
        return known
    if len(response.body) <= PARSED_AT_ONCE:
        opened = open_page(page, response.body)
    else:
        opened = await asyncio.to_thread(open_page, page, response.body)
    shared.opened[page] = opened
    shared.readings.clear()
    return opened


def _key(task: Task) -> _Key:
    """Return all that distinguishes one request from another."""
    address = task.address.partition("#")[0]
    return address, task.method, task.body, task.headers, task.token_auth, task.profile
