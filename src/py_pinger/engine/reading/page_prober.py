"""Probes pages of other programs: one request for all tasks of a page, read once for all of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from py_pinger.core.model.check import NoResponse, PageReport, ProbeResult
from py_pinger.core.model.task import Task
from py_pinger.engine.reading.page_reader import PageReader
from py_pinger.engine.reading.shared_page import SharedPage, fingerprint_of
from py_pinger.engine.runtime.tasks import MonitoredTask

if TYPE_CHECKING:
    from py_pinger.core.reading.read import PageReading


class PageProber:
    """Probes tasks; those whose pages are of other programs share requests and what is read.

    A result, be it a response or a failure, serves all tasks with the same request, as `SharedPage` says.
    `probe` sends a request, with the retries that its task has: they are the page's, and not each task's.
    """

    def __init__(
        self, probe: Callable[[Task], Awaitable[ProbeResult]], monotonic: Callable[[], float]
    ) -> None:
        self._probe = probe
        self._monotonic = monotonic
        self._reader = PageReader()
        self._pages: Mapping[Hashable, SharedPage] = {}

    def watch(self, members: Iterable[MonitoredTask]) -> None:
        """Share among these tasks from now on; what is known of their pages stays."""
        by_page: defaultdict[Hashable, list[MonitoredTask]] = defaultdict(list)
        for member in members:
            if member.task.expectations.page is not None:
                by_page[member.request].append(member)
        before = self._pages
        self._pages = {request: before.get(request) or SharedPage() for request in by_page}
        for request, shared in self._pages.items():
            shared.members = by_page[request]

    async def probe(self, task: Task) -> ProbeResult:
        """Probe a task; network and server failures are returned, never raised."""
        if task.expectations.page is None:
            return await self._probe(task)
        shared = self._shared(task)
        while (served := shared.serve(task, self._monotonic())) is None and shared.request:
            # A task that is given up must not end the request of the others.
            await asyncio.shield(shared.request)
        if served is not None:
            return replace(served, shared=True)
        shared.request = asyncio.ensure_future(self._request_and_keep(task, shared))
        return await asyncio.shield(shared.request)

    async def sample(self, task: Task) -> ProbeResult:
        """Request a task's page now, whatever is known of it, as evidence about the network or the time."""
        if task.expectations.page is None:
            return await self._probe(task)
        return await self._request(task, self._shared(task))

    def reading(self, task: Task) -> PageReading[PageReport] | None:
        """Return what was read for a task the last time; None for a page by the contract, or without one."""
        if task.expectations.page is None:
            return None
        known = self._shared(task).known(task)
        return known.reading if known else None

    async def close(self) -> None:
        """End the thread that reads large pages."""
        await self._reader.close()

    def _shared(self, task: Task) -> SharedPage:
        """Return what is known of a task's page; a task that is not watched shares with no other."""
        return self._pages.get(task.request_key) or SharedPage()

    async def _request_and_keep(self, task: Task, shared: SharedPage) -> ProbeResult:
        try:
            result = await self._request(task, shared)
        finally:
            shared.request = None
        shared.keep(result, task, self._monotonic())
        shared.serve(task, self._monotonic())
        return result

    async def _request(self, task: Task, shared: SharedPage) -> ProbeResult:
        """Request a page; read it for all tasks that share it, unless it is the same as before."""
        await self._reader.wait_for_room()
        result = await self._probe(task)
        if isinstance(result, NoResponse):
            return result
        fingerprint, tasks = fingerprint_of(result), shared.tasks(task)
        if fingerprint != shared.fingerprint or any(shared.known(each) is None for each in tasks):
            readings = await self._reader.read(result, tasks)
            if isinstance(readings, NoResponse):
                return replace(readings, duration=result.duration)
            shared.fingerprint, shared.readings = fingerprint, readings
        return shared.with_report(task, result)
