"""Decides if Py Pinger is offline, and holds verdicts of unreachable tasks until then.

When a task becomes unreachable, its verdict is held until the connectivity URLs, or sample tasks on other
hosts, were probed: if most respond, the verdict is released. If not, all tasks are checked and counted, and
the rule in core/selfcheck/connectivity.py decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from py_pinger.core.model.check import Cause, Check, NoResponse, ProbeFailure, ProbeResult, Response, Status
from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import connectivity
from py_pinger.core.text.urls import mask
from py_pinger.core.times import MIN_TIME, ZERO, Clock
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.outage import HeldVerdict, Outage
from py_pinger.engine.selfcheck.sampling import SampleProber, one_per_host

# Seconds for which a positive result about the network is used again, so that many failures at once do not
# cause as many probes.
RESULT_VALID = 0.25

# Seconds for which all tasks are counted at most, and between two reviews of the numbers.
COUNTING = 60.0
COUNTING_POLL = 0.05

# Seconds between two probes of the network while Py Pinger is offline.
RETRY_INTERVAL = 3.0


class State(Enum):
    """The steps of a suspected outage."""

    ONLINE = auto()
    PROBING = auto()
    COUNTING = auto()
    OFFLINE = auto()
    NOTIFYING = auto()


# States in which reached and unreachable tasks are counted.
_COUNTED = frozenset({State.PROBING, State.COUNTING, State.NOTIFYING})

# States in which a task is probed once, without retries: only the numbers matter.
PROBED_ONCE = frozenset({State.COUNTING, State.OFFLINE})

# Held checks that are released at once: to advance a task takes 20 microseconds.
_RELEASED_AT_ONCE = 1000


class ConnectivityGuard:
    """Holds the verdict unreachable while Py Pinger itself may be offline.

    A suspected outage lasts at most `grace`; with zero, or with too few hosts and no `urls` to probe, no
    outage is ever suspected. `announce` takes the notices.
    """

    def __init__(self, sampler: SampleProber, announce: Callable[[Notice], None], clock: Clock) -> None:
        self._sampler = sampler
        self._announce = announce
        self._clock = clock
        self._urls: Sequence[Task] = ()
        self._grace = ZERO
        self._released: list[HeldVerdict] = []
        self._outage = Outage(MIN_TIME)
        self._online_until = 0.0
        self._suspected = asyncio.Event()
        self._enabled = False
        self.state = State.ONLINE
        self._recheck = False

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other connectivity URLs and another grace in force."""
        main = change.settings.main
        return lambda _: self.apply(main.connectivity_urls, main.offline_grace)

    def apply(self, urls: Sequence[str], grace: timedelta) -> None:
        """Probe these URLs about the network, and allow later outages this grace."""
        self._urls = [Task(mask(url), url, token_auth=None) for url in urls]
        self._grace = grace

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks; those that were removed count no longer."""
        removed = [monitored for monitored in self._sampler.members if monitored.removed]
        self._sampler.watch(members)
        if removed:
            self._outage.forget(removed, {monitored.request for monitored in self._sampler.pages})
        enough = _at_least(connectivity.HOSTS_NEEDED, (monitored.host for monitored in members))
        self._enabled = bool(self._grace) and (enough or bool(self._urls))

    def review(self, monitored: MonitoredTask, check: Check, result: ProbeResult) -> Check | None:
        """Return the check to proceed with; None if it is held, to be `released` later."""
        if check.verdict.cause is Cause.UNREACHABLE and isinstance(result, NoResponse):
            return self._review_unreachable(monitored, check, result)
        if self.state in _COUNTED and check.verdict.status is not Status.UNKNOWN:
            self._outage.add_reached(monitored)
        return check

    def released(self) -> list[HeldVerdict]:
        """Return some of the checks that are held no longer."""
        released, self._released = self._released[:_RELEASED_AT_ONCE], self._released[_RELEASED_AT_ONCE:]
        return released

    def recheck_requested(self) -> bool:
        """Return True, once, if all tasks have to be checked now."""
        requested, self._recheck = self._recheck, False
        return requested

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem if Py Pinger is offline."""
        return (connectivity.problem(self._outage.since),) if self.state is State.OFFLINE else ()

    async def run(self, failures: LoopFailures | None = None) -> None:
        """Investigate each suspected outage until cancelled."""
        await every(0, self._investigate, "the check of the network", failures=failures)

    async def _investigate(self) -> None:
        """Wait for a suspected outage and decide; release what was held in any case."""
        await self._suspected.wait()
        self._suspected.clear()
        try:
            if await self._is_offline():
                await self._wait_until_online()
            else:
                self._online_until = self._clock.monotonic() + RESULT_VALID
                self._recheck_probed_once()
        finally:
            self._end_outage()

    def _review_unreachable(self, monitored: MonitoredTask, check: Check, result: NoResponse) -> Check | None:
        known = monitored.state.verdict.cause is Cause.UNREACHABLE
        online = self.state is State.ONLINE and self._clock.monotonic() < self._online_until
        if not self._enabled or known or online:
            return check
        name_failed = result.failure is ProbeFailure.DNS
        if self.state is State.ONLINE:
            self._suspect_outage(check.at, names_only=name_failed)
        self._outage.add_unreachable(monitored, name_failed=name_failed)
        if self.state is State.NOTIFYING:
            return check
        if self.state is State.OFFLINE:
            return replace(check, verdict=connectivity.unknown_verdict(self._outage.since))
        held = HeldVerdict(monitored, check, self.state in PROBED_ONCE)
        self._outage.held.setdefault(monitored.task.url, held)
        return None

    def _suspect_outage(self, now: datetime, *, names_only: bool) -> None:
        self._outage = Outage(now, names_only=names_only, shared=self._sampler.shared)
        self.state = State.PROBING
        self._suspected.set()

    async def _is_offline(self) -> bool:
        if await self._network_responds():
            return False
        self._outage.concerned = self._concerned()
        return bool(self._urls) or await self._most_tasks_unreachable()

    async def _network_responds(self) -> bool:
        unreachable = self._outage.unreachable if self.state is State.OFFLINE else None
        candidates = [*unreachable.values()] if unreachable else self._sampler.pages
        urls = self._sampler.as_monitored(self._urls)
        probed = urls or one_per_host(filter(self._is_evidence, self._sampler.sample(candidates)))
        results = await self._sampler.results(probed)
        responses = sum(isinstance(result, Response) for result in results)
        return not connectivity.most_failed(responses, len(probed))

    def _is_evidence(self, monitored: MonitoredTask) -> bool:
        """Return True if a page's result counts: not if it was unreachable before the outage."""
        return monitored.request in self._outage.unreachable or self._is_concerned(monitored)

    def _is_concerned(self, monitored: MonitoredTask) -> bool:
        return self._outage.concerns(monitored) and monitored.state.verdict.cause is not Cause.UNREACHABLE

    def _concerned(self) -> set[Hashable]:
        return {each.request for each in self._sampler.members if self._is_concerned(each)}

    async def _most_tasks_unreachable(self) -> bool:
        """Have all tasks checked now, and decide by their numbers."""
        self.state, self._recheck = State.COUNTING, True
        await self._all_checked()
        return connectivity.is_offline(self._outage.counts())

    async def _all_checked(self) -> None:
        end = self._clock.monotonic() + COUNTING
        while not self._outage.complete and self._clock.monotonic() < end:  # noqa: ASYNC110 - has a limit
            await asyncio.sleep(COUNTING_POLL)

    def _recheck_probed_once(self) -> None:
        """Drop the held checks that had no retries.

        The network works, so these tasks are checked again.
        """
        held = self._outage.held
        self._outage.held = {url: each for url, each in held.items() if not each.probed_once}
        self._recheck |= len(self._outage.held) < len(held)

    async def _wait_until_online(self) -> None:
        """Report tasks as unknown until the network responds, or until the grace is over."""
        since = self._outage.since
        self.state = State.OFFLINE
        self._announce(connectivity.warning(self._outage.counts(), since, self._clock.now()))
        self._release(unknown_since=since)
        end = self._clock.monotonic() + self._grace.total_seconds()
        while not await self._network_responds():
            left = end - self._clock.monotonic()
            if left <= 0:
                await self._notify_all()
                return
            await asyncio.sleep(min(RETRY_INTERVAL, left))
        self._announce(connectivity.all_clear(self._outage.counts(), since, self._clock.now()))
        self._recheck = True

    async def _notify_all(self) -> None:
        """Check all tasks once more, and let their failures be notified."""
        since = self._outage.since
        self._announce(connectivity.lasting(self._outage.counts(), since, self._clock.now()))
        self._outage = Outage(since, shared=self._sampler.shared, concerned=self._concerned())
        self.state, self._recheck = State.NOTIFYING, True
        await self._all_checked()

    def _end_outage(self) -> None:
        self._release()
        self.state = State.ONLINE
        self._outage = Outage(self._outage.since)

    def _release(self, unknown_since: datetime | None = None) -> None:
        held, self._outage.held = self._outage.held.values(), {}
        if unknown_since is None:
            self._released += held
            return
        verdict = connectivity.unknown_verdict(unknown_since)
        self._released += [replace(each, check=replace(each.check, verdict=verdict)) for each in held]


def _at_least(number: int, hosts: Iterable[str]) -> bool:
    """Return True if there are so many different hosts; stops counting as soon as there are."""
    found: set[str] = set()
    for host in hosts:
        found.add(host)
        if len(found) >= number:
            return True
    return False
