"""One invented task: when it runs, when it fails, and what its page says at any moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.text.formatting import iso
from py_pinger.core.text.json_format import to_json
from py_pinger.core.times import DAY, HOUR, MINUTE, SECOND

# After the scheduled time of a run its task says that it has run: below the grace of the demo's tasks.
LONGEST_RUN = 45
# The sleep of a task that sleeps: it begins an hour before the full hour of the demo's start.
SLEEP = 3 * HOUR

_MILLISECOND = timedelta(milliseconds=1)


class FaultKind(Enum):
    """What is wrong with a task: it fails, does not run, answers with an HTTP error, or not at all."""

    FAILED = auto()
    STUCK = auto()
    HTTP = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class DemoFault:
    """A time in which something is wrong; it begins `ago` before the demo's start, or after if negative."""

    ago: timedelta
    length: timedelta
    kind: FaultKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DemoTask:
    """A task that runs every so many minutes, the last time `last` before the demo's `start`.

    It is monitored since `known` before the start. One that `sleeps` does so when the demo starts. One that
    says when its runs begin `takes` so long for the longest, below a minute; others have None.
    """

    slug: str
    process: str
    server: str
    start: datetime
    every: timedelta
    last: timedelta
    known: timedelta
    faults: tuple[DemoFault, ...] = ()
    sleeps: bool = False
    takes: timedelta | None = None

    @property
    def since(self) -> datetime:
        """When its history begins."""
        return self.start - self.known

    @property
    def sleep_begin(self) -> datetime:
        """When its sleep began that it is in at the start."""
        return self.start.replace(minute=0, second=0, microsecond=0) - HOUR

    def runs(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Yield when it ran in a period."""
        number = math.floor((since - self._first) / self.every) - 1
        while (at := self._scheduled(number)) < until:
            if at >= since and self._has_run(at):
                yield at
            number += 1

    def last_run(self, now: datetime) -> datetime:
        """Return when it ran last."""
        number = math.floor((now - self._first) / self.every)
        while not self._has_run(at := self._scheduled(number)) or at > now:
            number -= 1
        return at

    def answer(self, now: datetime) -> ProbeResult:
        """Return what a request of its page gets."""
        fault, took = self.fault(now), self._response_time(now)
        if fault and fault.kind is FaultKind.REFUSED:
            return NoResponse(ProbeFailure.REFUSED, fault.reason, 3 * _MILLISECOND)
        if fault and fault.kind is FaultKind.HTTP:
            return Response(503, b"<h1>503 Service Unavailable</h1>\n", took)
        return Response(200, self._page(now, fault), took)

    def fault(self, at: datetime) -> DemoFault | None:
        """Return what is wrong with it."""
        ago = self.start - at
        return next((each for each in self.faults if each.ago >= ago > each.ago - each.length), None)

    def is_asleep(self, at: datetime) -> bool:
        """Return True if it sleeps."""
        return self.sleeps and (at - self.sleep_begin) % DAY < SLEEP

    @property
    def _first(self) -> datetime:
        """The scheduled time of the run with the number 0: the last one before the start."""
        return self.start - self.last

    def _scheduled(self, number: int) -> datetime:
        """Return when the run with this number says that it has run: some seconds after its time."""
        return self._first + number * self.every + number * 7 % LONGEST_RUN * SECOND

    def _has_run(self, at: datetime) -> bool:
        fault = self.fault(at)
        return not self.is_asleep(at) and not (fault and fault.kind is FaultKind.STUCK)

    def _response_time(self, now: datetime) -> timedelta:
        """Return how long its page takes: longer by day, and different for each task."""
        base = 15 + sum(self.slug.encode()) % 60
        by_day = 1 + 0.5 * math.sin((now.hour + now.minute / 60 - 8) / 24 * math.tau)
        return base * by_day * (1 + now.second % 20 / 50) * _MILLISECOND

    @staticmethod
    def _run_time(ran: datetime, longest: timedelta) -> timedelta:
        """Return how long a run took: longest at noon, and each a little different."""
        by_day = 0.7 + 0.3 * math.sin((ran.hour - 6) / 24 * math.tau)
        return longest * by_day * (1 - ran.second % 10 / 40)

    def _page(self, now: datetime, fault: DemoFault | None) -> bytes:
        failed = fault is not None and fault.kind is FaultKind.FAILED
        page: dict[str, object] = {"status": "error" if failed else "ok"}
        if fault and failed:
            page["reason"] = fault.reason
        ran = self.last_run(now)
        if self.takes:
            page["started"] = iso(ran - self._run_time(ran, self.takes))
        page |= {"lastrun": iso(ran), "frequency": self.every // MINUTE}
        if self.sleeps:
            page["sleep"] = [{"start": f"{self.sleep_begin:%H:%M:%S}", "duration": SLEEP // MINUTE}]
        return to_json({**page, "process": self.process, "server": self.server}, indent=True)
