"""Finds whether other nodes of a cluster reach what this one does not, and gives them the same evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from py_pinger.core.selfcheck import peers
from py_pinger.core.selfcheck.peers import Peers
from py_pinger.core.times import Clock
from py_pinger.engine.runtime.repeat import LoopFailures, every
from py_pinger.engine.selfcheck.network_probe import NetworkProbe
from py_pinger.engine.selfcheck.outage import Outage

# Seconds between two searches for another node that reaches what this one does not.
PEER_POLL = 0.25


class PeerEvidence:
    """`read` returns the other nodes as they are known now."""

    def __init__(self, read: Callable[[], Peers], network: NetworkProbe, clock: Clock) -> None:
        self._read = read
        self._network = network
        self._clock = clock

    @property
    def exists(self) -> bool:
        """Whether there is another node that could have the tasks of this one."""
        return bool(self._read().fit)

    def request(self, outage: Outage) -> None:
        """Have other nodes check what this one does not reach."""
        if self.exists:
            self._network.request_checks(outage)

    def contradicts(self, outage: Outage) -> bool:
        """Return True if other nodes reach what this one does not, or anything if it has lost own tasks only.

        If most tasks are down for all nodes, none of them is cut off.
        """
        contradicted = self._network.is_contradicted(outage)
        if contradicted is None:
            return self._read().reach_since(outage.since)
        return contradicted and self.exists

    async def collect(self, outage: Outage) -> bool:
        """Return True as soon as other nodes contradict an outage; False if they do not in time."""
        end = self._clock.monotonic() + peers.ANSWER.total_seconds()
        while self.exists:
            if self.contradicts(outage):
                return True
            if self._clock.monotonic() >= end:
                break
            self.request(outage)
            await asyncio.sleep(PEER_POLL)
        return False

    async def give(self, failures: LoopFailures | None) -> None:
        """Probe a task from time to time while this node has none, so that others know what it can."""
        await every(
            peers.IDLE.total_seconds(), self._reach_one, "the probe for other nodes", failures=failures
        )

    async def _reach_one(self) -> None:
        if self.exists:
            await self._network.reach_one()
