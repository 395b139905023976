"""Doubts whether it is the tasks that are unreachable, or Py Pinger that is cut off.

A task that turns unreachable is held back until canaries, or witnesses on other hosts, have been asked: while
most of them answer, it is told at once. If they do not, everything is looked at, and the numbers decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto
from time import monotonic

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response, Status, Verdict
from py_pinger.core.model.health import Problem
from py_pinger.core.model.notification import Notice
from py_pinger.core.model.task import Task
from py_pinger.core.selfcheck import connectivity
from py_pinger.core.text.urls import mask
from py_pinger.core.times import MIN_TIME
from py_pinger.engine.runtime.reconfigurable import Apply, SettingsChange
from py_pinger.engine.runtime.repeat import every
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.outage import HeldVerdict, Outage
from py_pinger.engine.selfcheck.sampling import SampleProber, one_a_host

# Seconds for which a network that was found to be fine is believed to be so: a storm of failures must not
# become one of questions.
BELIEVED = 0.25

# Seconds that the tasks' numbers are waited for at the most, and between two looks at them.
COUNTING = 60.0
COUNTING_PAUSE = 0.05

# Seconds between two times of asking whether the network is back.
ASK_AGAIN = 3.0


class State(Enum):
    """How far the doubt has gone."""

    CALM = auto()
    ASKING = auto()
    COUNTING = auto()
    CUT_OFF = auto()
    TOLD = auto()


# While tasks are being counted.
_COUNTED = frozenset({State.ASKING, State.COUNTING, State.TOLD})

# While it is numbers that count, and nobody need be asked twice.
_HURRIED = frozenset({State.COUNTING, State.CUT_OFF})

# Held verdicts that are handed out at once: to advance a task takes 20 µs.
_MOST_RIPE = 1000


class ConnectivityGuard:
    """Holds verdicts while it is not known whether they are the tasks' or our own trouble.

    `announce` takes the words for people. No doubt lasts longer than `patience`, and
    none at all comes up when that is zero, or without canaries when there are too few hosts.
    """

    def __init__(
        self,
        *,
        sampler: SampleProber,
        announce: Callable[[Notice], None],
        clock: Callable[[], datetime],
        canaries: Sequence[str],
        patience: timedelta,
    ) -> None:
        self._sampler = sampler
        self._announce = announce
        self._clock = clock
        self.apply(canaries, patience)
        self._ripe: list[HeldVerdict] = []
        self._outage = Outage(MIN_TIME)
        self._believed_until = 0.0
        self._suspicion = asyncio.Event()
        self._possible = False
        self.mode = State.CALM
        self._look_again = False

    def prepare(self, change: SettingsChange) -> Apply:
        """Return the step that puts other connectivity URLs and another grace in force."""
        main = change.settings.main
        return lambda _: self.apply(main.connectivity_urls, main.offline_grace)

    def apply(self, canaries: Sequence[str], patience: timedelta) -> None:
        """Take other canaries, and another patience for the doubts to come."""
        self._canaries = [Task(mask(url), url, token_auth=None) for url in canaries]
        self._patience = patience

    def watch(self, everybody: Sequence[MonitoredTask]) -> None:
        """Take up the tasks that are watched from now on; who is gone is in question no longer."""
        gone = [monitored for monitored in self._sampler.everybody if monitored.removed]
        self._outage.in_question -= sum(map(self._may_tell, gone))
        self._outage.forget(gone)
        self._sampler.everybody = everybody
        enough = _at_least(connectivity.HOSTS_NEEDED, (monitored.host for monitored in everybody))
        self._possible = bool(self._patience) and (enough or bool(self._canaries))

    def review(
        self, monitored: MonitoredTask, verdict: Verdict, answer: ProbeResult, now: datetime
    ) -> Verdict | None:
        """Return the verdict to go by; None while that is not known: then it will be `released` later."""
        if verdict.cause is Cause.UNREACHABLE and isinstance(answer, NoResponse):
            return self._weigh_loss(monitored, verdict, answer, now)
        if self.mode in _COUNTED and verdict.status is not Status.UNKNOWN:
            self._outage.add_reached(monitored)
        return verdict

    def released(self) -> list[HeldVerdict]:
        """Return some of what is held no longer, with the verdicts to go by."""
        ripe, self._ripe = self._ripe[:_MOST_RIPE], self._ripe[_MOST_RIPE:]
        return ripe

    def recheck_requested(self) -> bool:
        """Tell, once, whether all tasks have to be looked at again at once."""
        wanted, self._look_again = self._look_again, False
        return wanted

    @property
    def is_hurried(self) -> bool:
        """Whether it is numbers that count now, and nobody need be asked twice."""
        return self.mode in _HURRIED

    def problems(self) -> tuple[Problem, ...]:
        """Return the problem that was found, if any."""
        return (connectivity.problem(self._outage.since),) if self.mode is State.CUT_OFF else ()

    async def run(self) -> None:
        """Investigate each suspected outage until cancelled."""
        await every(0, self._investigate, "the check of the network")

    async def _investigate(self) -> None:
        """Wait for a suspicion, and find out whether it is true; release what was held in any case."""
        await self._suspicion.wait()
        self._suspicion.clear()
        try:
            await self._settle_suspicion()
        finally:
            self._calm_down()

    async def _settle_suspicion(self) -> None:
        if await self._is_cut_off():
            await self._sit_out()
        else:
            self._believed_until = monotonic() + BELIEVED
            self._ask_the_hurried_again()

    def _weigh_loss(
        self, monitored: MonitoredTask, verdict: Verdict, answer: NoResponse, now: datetime
    ) -> Verdict | None:
        known = monitored.state.verdict.cause is Cause.UNREACHABLE
        believed = self.mode is State.CALM and monotonic() < self._believed_until
        if not self._possible or known or believed:
            return verdict
        nameless = answer.failure is ProbeFailure.DNS
        if self.mode is State.CALM:
            self._suspect(now, nameless=nameless)
        self._outage.add_unreachable(monitored, nameless=nameless)
        if self.mode is State.TOLD:
            return verdict
        if self.mode is State.CUT_OFF:
            return connectivity.unknown_verdict(self._outage.since)
        held = HeldVerdict(monitored, verdict, now, answer.duration, self.is_hurried)
        self._outage.held.setdefault(monitored.task.url, held)
        return None

    def _suspect(self, now: datetime, *, nameless: bool) -> None:
        self._outage = Outage(now, names_only=nameless)
        self.mode = State.ASKING
        self._suspicion.set()

    async def _is_cut_off(self) -> bool:
        if await self._network_answers():
            return False
        self._outage.in_question = self._count_in_question()
        return bool(self._canaries) or await self._numbers_say_so()

    async def _network_answers(self) -> bool:
        lost = self._outage.lost if self.mode is State.CUT_OFF else None
        task_set = [*lost.values()] if lost else self._sampler.everybody
        canaries = self._sampler.as_watched(self._canaries)
        asked = canaries or one_a_host(filter(self._may_tell, self._sampler.sample(task_set)))
        answers = await self._sampler.answers(asked)
        return not connectivity.most_failed(
            sum(isinstance(answer, Response) for answer in answers), len(asked)
        )

    def _may_tell(self, monitored: MonitoredTask) -> bool:
        """Tell whether what a task answers says anything: not if it had been unreachable before."""
        return monitored.task.url in self._outage.lost or self._in_question(monitored)

    def _in_question(self, monitored: MonitoredTask) -> bool:
        return self._outage.concerns(monitored) and monitored.state.verdict.cause is not Cause.UNREACHABLE

    def _count_in_question(self) -> int:
        return sum(map(self._in_question, self._sampler.everybody))

    async def _numbers_say_so(self) -> bool:
        """Have everything looked at, and let the numbers decide."""
        self.mode, self._look_again = State.COUNTING, True
        await self._all_looked_at()
        return connectivity.is_offline(self._outage.tally())

    async def _all_looked_at(self) -> None:
        over = monotonic() + COUNTING
        while not self._outage.complete and monotonic() < over:  # noqa: ASYNC110 - there is a time limit
            await asyncio.sleep(COUNTING_PAUSE)

    def _ask_the_hurried_again(self) -> None:
        """Let go of those who may have been asked but once: it was not us, so they are due a second time."""
        held = self._outage.held
        self._outage.held = {url: each for url, each in held.items() if not each.hurried}
        self._look_again |= len(self._outage.held) < len(held)

    async def _sit_out(self) -> None:
        """Blame ourselves until the network answers, or until that has taken too long to be kept back."""
        since = self._outage.since
        self.mode = State.CUT_OFF
        self._announce(connectivity.warning(self._outage.tally(), since, self._clock()))
        self._ripen(connectivity.unknown_verdict(since))
        over = monotonic() + self._patience.total_seconds()
        while not await self._network_answers():
            left = over - monotonic()
            if left <= 0:
                await self._tell_all()
                return
            await asyncio.sleep(min(ASK_AGAIN, left))
        self._announce(connectivity.all_clear(self._outage.tally(), since, self._clock()))
        self._look_again = True

    async def _tell_all(self) -> None:
        """Have everything looked at once more, and told as it is found: from then on that is known."""
        since = self._outage.since
        self._announce(connectivity.lasting(self._outage.tally(), since, self._clock()))
        self._outage = Outage(since, in_question=self._count_in_question())
        self.mode, self._look_again = State.TOLD, True
        await self._all_looked_at()

    def _calm_down(self) -> None:
        self._ripen()
        self.mode = State.CALM
        self._outage = Outage(self._outage.since)

    def _ripen(self, verdict: Verdict | None = None) -> None:
        held, self._outage.held = self._outage.held.values(), {}
        self._ripe += [replace(each, verdict=verdict) if verdict else each for each in held]


def _at_least(number: int, hosts: Iterable[str]) -> bool:
    """Tell whether there are so many different ones, without looking at more than need be."""
    found: set[str] = set()
    for host in hosts:
        found.add(host)
        if len(found) >= number:
            return True
    return False
