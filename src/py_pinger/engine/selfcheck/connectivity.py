"""Decides if Py Pinger is offline, and holds verdicts of unreachable tasks until then.

When a task becomes unreachable, its verdict is held until the connectivity URLs, or sample tasks on other
hosts, were probed: if most respond, the verdict is released. If not, all tasks are checked and counted, and
the rule in core/selfcheck/connectivity.py decides. A node of a cluster that cannot reach what other nodes
reach leaves all tasks to these: it is blind until it has reached some for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf

from py_pinger.core.model.check import Cause, Check, NoResponse, ProbeFailure, ProbeResult, Status
from py_pinger.core.model.cluster import Sight
from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.selfcheck import connectivity, peers
from py_pinger.core.selfcheck.peers import NO_PEERS, Peers
from py_pinger.core.times import MIN_TIME, ZERO, Clock
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.network_probe import NetworkProbe
from py_pinger.engine.selfcheck.outage import COUNTED, PROBED_ONCE, HeldVerdict, Outage, State
from py_pinger.engine.selfcheck.outage_notices import OutageNotices
from py_pinger.engine.selfcheck.peer_evidence import PeerEvidence
from py_pinger.engine.selfcheck.sampling import SampleProber

# Seconds for which a positive result about the network is used again, so that many failures at once do not
# cause as many probes.
RESULT_VALID = 0.25

# Seconds for which all tasks are counted at most, and between two reviews of the numbers.
COUNTING = 60.0
COUNTING_POLL = 0.05

# Seconds between two probes of the network while Py Pinger is offline.
RETRY_INTERVAL = 3.0

# Held checks that are released at once: to advance a task takes 20 microseconds.
_RELEASED_AT_ONCE = 1000


class ConnectivityGuard:
    """Holds the verdict unreachable while Py Pinger itself may be offline.

    A suspected outage lasts at most `grace`; with zero, or with too few hosts and no `urls` to probe, no
    outage is ever suspected. `announce` takes the notices. `peers` returns the other nodes of a cluster, and
    `sight` is what this one says of itself: while it is blind the others have its tasks.
    """

    def __init__(
        self,
        sampler: SampleProber,
        announce: Callable[[Notice], None],
        clock: Clock,
        peers: Callable[[], Peers] = lambda: NO_PEERS,
    ) -> None:
        self._sampler = sampler
        self._notices = OutageNotices(announce, clock.now)
        self._clock = clock
        self._network = NetworkProbe(sampler, clock.now)
        self._others = PeerEvidence(peers, self._network, clock)
        self._grace = ZERO
        self._released: list[HeldVerdict] = []
        self._outage = Outage(MIN_TIME)
        self._online_until = 0.0
        self._suspected = asyncio.Event()
        self._enabled = False
        self.state = State.ONLINE
        self.sight = Sight.CLEAR
        self._recheck = False

    @property
    def reached(self) -> datetime | None:
        """When a task last responded, None before the first response."""
        return self._network.reached_at

    def note_response(self, at: datetime) -> None:
        """Note that a task has responded to a check."""
        self._network.reached_at = at

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other connectivity URLs and another grace in force."""
        main = change.settings.main
        return lambda _: self.apply(main.connectivity_urls, main.offline_grace)

    def apply(self, urls: Sequence[str], grace: timedelta) -> None:
        """Probe these URLs about the network, and allow later outages this grace."""
        self._network.use(urls)
        self._grace = grace

    def watch(self, members: Sequence[MonitoredTask]) -> None:
        """Use another list of monitored tasks; those that were removed count no longer."""
        removed = [monitored for monitored in self._sampler.members if monitored.removed]
        self._sampler.watch(members)
        if removed:
            self._outage.forget(removed, {monitored.request for monitored in self._sampler.pages})
        self._enabled = bool(self._grace) and self._network.has_evidence()

    def review(self, monitored: MonitoredTask, check: Check, result: ProbeResult) -> Check | None:
        """Return the check to proceed with; None if it is held, to be `released` later."""
        if check.verdict.cause is Cause.UNREACHABLE and isinstance(result, NoResponse):
            return self._review_unreachable(monitored, check, result)
        if self.state in COUNTED and check.verdict.status is not Status.UNKNOWN:
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
        if self.state is State.BLIND:
            return (connectivity.blindness(self._outage.since),)
        return (connectivity.problem(self._outage.since),) if self.state is State.OFFLINE else ()

    async def run(self, failures: LoopFailures | None = None) -> None:
        """Investigate each suspected outage until cancelled."""
        await every(0, self._investigate, "the check of the network", failures=failures)

    async def keep_reaching(self, failures: LoopFailures | None = None) -> None:
        """Reach a task from time to time while this node has none, so that others know what it can."""
        await self._others.give(failures)

    async def _investigate(self) -> None:
        """Wait for a suspected outage and decide; release what was held in any case."""
        await self._suspected.wait()
        self._suspected.clear()
        try:
            if await self._is_offline():
                await self._sit_out()
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
        if self.state is State.BLIND:
            return None
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
        """Return True if this process is offline; blind if other nodes are not."""
        if await self._network.responds(self._outage):
            return False
        if await self._others.collect(self._outage):
            self.sight = Sight.BLIND
            return True
        self._outage.concerned = self._network.concerned(self._outage)
        return self._network.has_urls or await self._most_tasks_unreachable()

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

    async def _sit_out(self) -> None:
        """Wait for the end of the outage: blind as long as other nodes can have the tasks, else offline."""
        while await (self._wait_blind() if self.sight is Sight.BLIND else self._wait_until_online()):
            pass

    async def _wait_until_online(self) -> bool:
        """Report tasks as unknown until the network responds, or until the grace is over.

        Return True if other nodes reach tasks meanwhile: then these can have those of this one.
        """
        self.state = State.OFFLINE
        self._notices.warn(self._outage)
        self._release(unknown_since=self._outage.since)
        end = self._clock.monotonic() + self._grace.total_seconds()
        while not await self._network.responds(self._outage, unreachable_only=True):
            self._others.request(self._outage)
            if self._others.contradicts(self._outage):
                self.sight = Sight.BLIND
                return True
            left = end - self._clock.monotonic()
            if left <= 0:
                await self._notify_all()
                return False
            await asyncio.sleep(min(RETRY_INTERVAL, left))
        self._end_well()
        return False

    async def _wait_blind(self) -> bool:
        """Leave the tasks to other nodes until the network has responded for a while.

        Return True if no other node can have them any more.
        """
        self.state = State.BLIND
        self._outage.held.clear()
        responding_since = inf
        while True:
            now = self._clock.monotonic()
            responds = await self._network.responds(self._outage)
            responding_since = min(responding_since, now) if responds else inf
            if self._clock.monotonic() - responding_since >= peers.CLEAR_AFTER.total_seconds():
                self._end_well()
                return False
            if not responds and self._sampler.members and not self._others.exists:
                self.sight = Sight.CLEAR
                return True
            await asyncio.sleep(RETRY_INTERVAL)

    def _end_well(self) -> None:
        self._notices.all_clear(self._outage)
        self._recheck = True

    async def _notify_all(self) -> None:
        """Check all tasks once more, and let their failures be notified."""
        self._notices.say_it_lasts(self._outage)
        self._outage = Outage(self._outage.since, shared=self._sampler.shared)
        self._outage.concerned = self._network.concerned(self._outage)
        self.state, self._recheck = State.NOTIFYING, True
        await self._all_checked()

    def _end_outage(self) -> None:
        self._release()
        self.state, self.sight = State.ONLINE, Sight.CLEAR
        self._notices.forget()
        self._outage = Outage(self._outage.since)

    def _release(self, unknown_since: datetime | None = None) -> None:
        held, self._outage.held = self._outage.held.values(), {}
        if unknown_since is None:
            self._released += held
            return
        verdict = connectivity.unknown_verdict(unknown_since)
        self._released += [replace(each, check=replace(each.check, verdict=verdict)) for each in held]
