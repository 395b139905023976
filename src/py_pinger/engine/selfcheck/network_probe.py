"""Probes the network: the connectivity URLs, or a sample of all tasks on different hosts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import connectivity
from py_pinger.core.selfcheck.peers import owners_reach
from py_pinger.core.text.urls import mask
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.outage import Outage
from py_pinger.engine.selfcheck.sampling import SampleProber, TaskOfOtherNode, one_per_host


class NetworkProbe:
    """Finds whether the network responds, and collects evidence of tasks that other nodes own.

    `reached_at` is when anything last responded, None before the first response.
    """

    def __init__(self, sampler: SampleProber, clock: Callable[[], datetime]) -> None:
        self._sampler = sampler
        self._clock = clock
        self._urls: Sequence[Task] = ()
        self._sampled_in: Outage | None = None
        self.reached_at: datetime | None = None

    def use(self, urls: Sequence[str]) -> None:
        """Probe these URLs instead of tasks, if there are any."""
        self._urls = [Task(mask(url), url, token_auth=None) for url in urls]

    @property
    def has_urls(self) -> bool:
        """Whether there are URLs to probe."""
        return bool(self._urls)

    def has_evidence(self) -> bool:
        """Return True if there is enough to probe: a URL, or tasks on several hosts."""
        return self.has_urls or _at_least(connectivity.HOSTS_NEEDED, self._sampler.hosts())

    async def responds(self, outage: Outage, *, unreachable_only: bool = False) -> bool:
        """Return True unless most probes fail; `unreachable_only` probes what failed before, if any."""
        if urls := self._sampler.as_monitored(self._urls):
            return self._most_respond(await self._sampler.results(urls))
        known = outage.unreachable if unreachable_only else None
        sample = self._sampler.draw([*known.values()]) if known else self._sampler.draw_from_all()
        probed = one_per_host(each for each in sample if _is_evidence(each, outage))
        results = await self._sampler.results(each.task for each in probed)
        for monitored, result in zip(probed, results, strict=True):
            if isinstance(monitored, TaskOfOtherNode):
                _note(outage, monitored, result)
        return self._most_respond(results)

    async def reach_one(self) -> None:
        """Probe a task of another node if there is no own one, to know that this node reaches tasks."""
        if not self._sampler.members:
            sample = self._sampler.draw_from_all()[:1]
            self._most_respond(await self._sampler.results(each.task for each in sample))

    def request_checks(self, outage: Outage) -> None:
        """Have those tasks checked by other nodes that this one could not reach; with URLs a sample, once."""
        self._sampler.check_soon(outage.unreachable.values())
        if self.has_urls and outage is not self._sampled_in:
            self._sampled_in = outage
            self._sampler.check_soon(one_per_host(self._sampler.draw_from_all()))

    def is_contradicted(self, outage: Outage) -> bool | None:
        """Return True if the owners reach most of those tasks that this node does not.

        None if only own tasks were unreachable.
        """
        lost = [each for each in outage.unreachable.values() if isinstance(each, TaskOfOtherNode)]
        return owners_reach([self._sampler.state_elsewhere(each) for each in lost], outage.since)

    def concerned(self, outage: Outage) -> set[Hashable]:
        """Return the pages whose results count: those of this node, and those probed of other nodes."""
        own = {each.request for each in self._sampler.members if _is_concerned(each, outage)}
        return own | outage.elsewhere

    def _most_respond(self, results: Sequence[ProbeResult]) -> bool:
        responses = sum(isinstance(result, Response) for result in results)
        if responses:
            self.reached_at = self._clock()
        return not connectivity.most_failed(responses, len(results))


def _note(outage: Outage, monitored: MonitoredTask, result: ProbeResult) -> None:
    outage.elsewhere.add(monitored.request)
    if isinstance(result, NoResponse):
        outage.add_unreachable(monitored, name_failed=result.failure is ProbeFailure.DNS)
    else:
        outage.add_reached(monitored)


def _is_evidence(monitored: MonitoredTask, outage: Outage) -> bool:
    """Return True if a page's result counts: not if it was unreachable before the outage."""
    return monitored.request in outage.unreachable or _is_concerned(monitored, outage)


def _is_concerned(monitored: MonitoredTask, outage: Outage) -> bool:
    return outage.concerns(monitored) and monitored.state.verdict.cause is not Cause.UNREACHABLE


def _at_least(number: int, hosts: Iterable[str]) -> bool:
    """Return True if there are so many different hosts; stops counting as soon as there are."""
    found: set[str] = set()
    for host in hosts:
        found.add(host)
        if len(found) >= number:
            return True
    return False
