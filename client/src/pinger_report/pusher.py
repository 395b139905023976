"""Pushes the start and the end of a run, without keeping the task waiting for a server."""

from __future__ import annotations

import time
from threading import Thread

from pinger_report.background import in_background
from pinger_report.push import NO_RESPONSE, PUSH_LIMIT, PushRequest, PushResult, send, task_address
from pinger_report.spool import Spool
from pinger_report.warn import guarded, warn


class Pusher:
    """The pushes of one run. Without a folder to keep them in, failed ones are lost."""

    def __init__(self, address: str, slug: str, folder: str | None) -> None:
        self._address = task_address(address, slug)
        self._slug = slug
        self._spool = Spool(folder, slug) if folder else None
        self._start: Thread | None = None

    def start(self, request: PushRequest) -> None:
        """Send the start in a thread that no code waits for, except the end of the same run."""
        self._start = in_background(lambda: self._send(request, time.monotonic() + PUSH_LIMIT))

    def finish(self, request: PushRequest) -> None:
        """Send the end, after the reports that are kept; keep it if that fails. Takes 5 s at most."""
        deadline = time.monotonic() + PUSH_LIMIT
        if self._start:
            # An end must not arrive before its start.
            self._start.join(PUSH_LIMIT)
        results: list[PushResult] = []
        sending = in_background(lambda: results.append(self._send_all(request, deadline)))
        if sending:
            sending.join(max(0.0, deadline - time.monotonic()))
        result = results[0] if results else NO_RESPONSE
        if not result.accepted:
            self._keep(request, result)

    def _send(self, request: PushRequest, deadline: float) -> PushResult:
        return send(self._address, request, deadline)

    def _send_all(self, request: PushRequest, deadline: float) -> PushResult:
        """Send what is kept, oldest first, then the end of this run; stop where the server fails."""
        for name, kept in self._spool.entries() if self._spool else ():
            result = self._send(kept, deadline)
            if result.again:
                return result
            if self._spool:
                self._spool.forget(name)
        return self._send(request, deadline)

    def _keep(self, request: PushRequest, result: PushResult) -> None:
        if not result.again:
            warn(f"The push of {self._slug} was rejected: {result.why}")
        elif self._spool is None:
            warn(f"Cannot push {self._slug}: {result.why}; set PINGER_REPORTS to keep its reports")
        else:
            warn(f"Cannot push {self._slug}, the next push will retry: {result.why}")
            with guarded(f"keep a report of {self._slug}"):
                self._spool.keep(request)
