"""One run of a task, from its start to its end; never shared with another run."""

from __future__ import annotations

import sys
from functools import partial
from types import TracebackType
from typing import Any

from pinger_report.background import in_background
from pinger_report.destination import Destination
from pinger_report.handover import hand_over
from pinger_report.outcome import Outcome, outcome_of, text
from pinger_report.page import finished_page, moment, result, started_page
from pinger_report.page_file import PageFile, as_json
from pinger_report.push import PushRequest, new_rid
from pinger_report.pusher import Pusher
from pinger_report.task import Task
from pinger_report.warn import guarded


class Run:
    """A run that is under way. No method raises an error of reporting.

    `reason` is a sentence that people see; the run is ok all the same.
    """

    def __init__(self, task: Task, where: Destination, rid: str | None = None) -> None:
        self.reason: object = None
        self._failure: str | None = None
        self._slug = task.slug
        self._stated: dict[str, Any] = {}
        with guarded(f"read the keywords of {self._slug}"):
            self._stated = task.stated()
        self._where = where
        self._rid = rid or new_rid()
        self._started: str | None = None
        self._page: PageFile | None = None
        self._pusher: Pusher | None = None
        with guarded(f"use the folder of {self._slug}"):
            self._page = PageFile(where.folder, self._slug) if where.folder else None
        with guarded(f"use the push address of {self._slug}"):
            self._pusher = Pusher(where.push, self._slug, where.folder) if where.push else None

    def __enter__(self) -> Run:  # noqa: PYI034 - Self is not in the standard library of Python 3.9
        self.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave(error)

    def fail(self, reason: object = None) -> None:
        """Report an error, although no exception is raised. The run goes on."""
        with guarded("read a reason"):
            self._failure = text(reason) or "failed"

    def begin(self) -> None:
        """Report that the run begins."""
        self._started = started = moment()
        if self._page:
            with guarded(f"write the page of {self._slug}"):
                self._page.update(lambda page: started_page(self._stated, page, started))
        if self._pusher:
            with guarded(f"push the start of {self._slug}"):
                self._pusher.start(self._request("/start", {"started": started, **self._stated}))

    def leave(self, error: BaseException | None) -> None:
        """Report the end of the run, which an exception left, or none."""
        reason = None
        with guarded("read a reason"):
            reason = text(self.reason)
        self.end(outcome_of(error, self._failure, reason))

    def end(self, outcome: Outcome) -> None:
        """Report the end of the run."""
        ended = moment()
        if self._where.enclosing:
            with guarded("hand a result to pinger exec"):
                hand_over(self._where.enclosing, outcome)
        if self._page:
            with guarded(f"write the page of {self._slug}"):
                self._page.update(
                    lambda page: finished_page(self._stated, page, outcome, self._started, ended)
                )
        if self._pusher:
            with guarded(f"push the end of {self._slug}"):
                body = result(self._stated, outcome, self._started, ended)
                self._push(self._pusher, self._request(_suffix_of(outcome), body, outcome.log or ""))

    def _request(self, suffix: str, body: dict[str, object], log: str = "") -> PushRequest:
        return PushRequest(suffix, self._rid, as_json(body), log)

    @staticmethod
    def _push(pusher: Pusher, request: PushRequest) -> None:
        """Push the end; in an event loop by a thread, which the interpreter waits for when it ends."""
        finish = partial(pusher.finish, request)
        if _in_event_loop():
            in_background(finish, daemon=False)
        else:
            finish()


def _suffix_of(outcome: Outcome) -> str:
    if outcome.ok:
        return ""
    return f"/{outcome.code}" if outcome.code else "/fail"


def _in_event_loop() -> bool:
    """Return True if waiting here would keep an event loop from its work."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None  # noqa: SLF001 - documented
