"""The pushes of a cluster: any node receives them, and the node that owns the task evaluates them.

A node that does not own the task puts the push into an inbox in the database; then the sender has its answer.
The owner takes the pushes of its tasks out of it each second, and before each push that reaches itself, so
that a start is never stored after the end of its run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final, Protocol

from py_pinger.core.model.push import PushedReport, PushState, PushWrite, WaitingPush
from py_pinger.core.model.task import Task
from py_pinger.core.push.forwarded_push import read_waiting, to_waiting
from py_pinger.core.push.stored_report import has_news
from py_pinger.engine.push.push_batch import PushBatch
from py_pinger.engine.runtime.tasks import States

_log = logging.getLogger(__name__)

# Seconds between two reads of the inbox.
POLL: Final = 1.0

# Tasks whose pushes are taken out of it by one transaction; bounds how long that holds the database.
TAKEN_AT_ONCE: Final = 1000


class ClusterPushes(Protocol):
    """The stored pushes of a cluster; each call blocks, and may raise StoreFailure."""

    def states_of(self, urls: Collection[str]) -> Mapping[str, PushState]:
        """Return what is kept of these tasks, by URL, as any node has stored it."""

    def waiting(self) -> Collection[str]:
        """Return the URLs of the tasks with pushes in the inbox."""

    def arrived(self, *, again: bool) -> Collection[str]:
        """Return the same for the receiver's thread; if nothing is new since the last call, only `again`."""

    def exchange(
        self,
        urls: Collection[str],
        forwarded: Sequence[WaitingPush],
        receive: Callable[[Sequence[WaitingPush]], Sequence[PushWrite]],
    ) -> None:
        """Put pushes into the inbox and take those of some tasks out of it, in one transaction.

        What `receive` returns for those taken out is stored with that. It gets them in their order.
        """


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Tasks that a node has claimed: their `urls`, and the `states` of those of which something is kept.

    Of those that `arrived` there were pushes waiting; some of them have `passed` a failure.
    """

    urls: Collection[str] = ()
    states: Mapping[str, PushState] = field(default_factory=dict)
    arrived: Collection[str] = ()
    passed: Mapping[str, PushState] = field(default_factory=dict)

    def to_evaluate(self, known: States) -> Iterator[str]:
        """Yield the tasks with pushes that the last check may not have known, given their stored states."""
        yield from self.arrived
        for url, state in self.states.items():
            checked = known.get(url)
            if has_news(state, checked.checked_at if checked else None):
                yield url


class PushSharing:
    """Belongs to the thread of the receiver, except `take_over`."""

    def __init__(self, pushes: ClusterPushes) -> None:
        self._pushes = pushes
        self._next_poll = 0.0
        # The own tasks at the last read that found nothing for them; None if there was none.
        self._without: Mapping[str, Task] | None = None

    def store(
        self,
        batch: PushBatch,
        own: Sequence[PushedReport],
        others: Sequence[PushedReport],
        tasks: Mapping[str, Task],
    ) -> Collection[str]:
        """Store pushes of one's `own` tasks with what waits for them, and leave `others` to their owners.

        `tasks` are those that this node owns, by URL. Return the URLs of those with pushes from the inbox.
        """
        urls = {push.url for push in own} | self._waiting(tasks)
        if not (urls or others or batch.writes):
            return ()
        return self._exchange(batch, urls, own, others, tasks)

    def take_over(self, tasks: Sequence[Task], now: datetime) -> TakenOver:
        """Return what is kept of tasks that this node has just claimed, with what waits for them.

        May be called from any thread.
        """
        known = {task.url: task for task in tasks}
        if not known:
            return TakenOver()
        states = dict(self._pushes.states_of(known))
        urls = [url for url in self._pushes.waiting() if url in known]
        arrived: list[str] = []
        passed: dict[str, PushState] = {}

        def before(url: str) -> PushState:
            return states.get(url) or PushState(now)

        for start in range(0, len(urls), TAKEN_AT_ONCE):
            # The former owner may have ended before it evaluated them; to repeat that changes nothing.
            batch = PushBatch(before, (), known)
            arrived += self._exchange(batch, urls[start : start + TAKEN_AT_ONCE], (), (), known)
            states.update(batch.states)
            passed.update(batch.passed)
        return TakenOver(known.keys(), states, arrived, passed)

    def pause(self) -> float:
        """Return the seconds until the inbox is read again."""
        return max(0.0, self._next_poll - monotonic())

    def _waiting(self, tasks: Mapping[str, Task]) -> set[str]:
        now = monotonic()
        if now < self._next_poll:
            return set()
        self._next_poll = now + POLL
        if not tasks:
            return set()
        found = [url for url in self._pushes.arrived(again=tasks is not self._without) if url in tasks]
        # Until they are taken out they are found again.
        self._without = None if found else tasks
        if len(found) > TAKEN_AT_ONCE:
            self._next_poll = now
        return set(found[:TAKEN_AT_ONCE])

    def _exchange(
        self,
        batch: PushBatch,
        urls: Collection[str],
        own: Sequence[PushedReport],
        others: Sequence[PushedReport],
        tasks: Mapping[str, Task],
    ) -> Collection[str]:
        arrived: dict[str, None] = {}

        def receive(waiting: Sequence[WaitingPush]) -> Sequence[PushWrite]:
            taken = [push for each in waiting if (push := _read(each, tasks[each.url]))]
            for push in (*taken, *own):
                batch.add(push, tasks[push.url].expectations.runtime)
            arrived.update(dict.fromkeys(push.url for push in taken))
            return batch.writes

        self._pushes.exchange(urls, [to_waiting(push) for push in others], receive)
        return arrived


def _read(waiting: WaitingPush, task: Task) -> PushedReport | None:
    try:
        return read_waiting(waiting, task.expectations)
    except (ValueError, LookupError, TypeError):
        _log.exception("Cannot read a pushed report of %s that another node received.", waiting.url)
        return None
