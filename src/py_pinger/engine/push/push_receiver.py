"""Receives pushes from the web server, and gives the monitor what they say together.

Pushes that come at the same time are stored by one transaction, on a thread that does nothing else; their
senders wait for it. What is not stored has not happened. In a cluster those of tasks that other nodes own
are left to these.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import sleep
from typing import Final, Protocol

from py_pinger.core.model.check import InvalidReport, TaskReport, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.push import PushedReport, PushKind, PushState, PushWrite, Receipt
from py_pinger.core.model.task import Task
from py_pinger.core.push.absence import excuse
from py_pinger.engine.push.push_batch import PushBatch
from py_pinger.engine.push.push_reports import PushReports
from py_pinger.engine.push.push_sharing import PushSharing, TakenOver
from py_pinger.engine.push.push_states import PushStates
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.store_access import StoreFailure
from py_pinger.engine.runtime.tasks import States

_log = logging.getLogger(__name__)

# Seconds that pushes are collected before they are stored by one transaction.
GATHERING: Final = 0.01

# Pushes of one transaction; bounds how long it holds the database.
BATCH: Final = 1000

# Seconds until what could not be stored of new tasks is tried again.
RETRY: Final = 5.0


class PushStorage(Protocol):
    """Where pushes are stored; each call blocks, and may raise StoreFailure."""

    def states(self) -> Mapping[str, PushState]:
        """Return what is kept of each task, monitored or not, by its URL."""

    def record(self, writes: Sequence[PushWrite]) -> None:
        """Store pushes in their order."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A push, and what learns what became of it."""

    push: PushedReport
    answer: Callable[[Receipt], None]


@dataclass(frozen=True, slots=True)
class _Received:
    """The tasks whose pushes are received, by URL: those that this process evaluates, and those of others."""

    own: Mapping[str, Task]
    elsewhere: frozenset[str] = frozenset()

    def receipt(self, url: str) -> Receipt:
        """Return what became of a push that was stored if its task is known."""
        return Receipt.STORED if url in self.own or url in self.elsewhere else Receipt.UNKNOWN


class PushReceiver:
    """What is kept of the tasks that are pushed; one thread stores it.

    `submit` may be called from any thread, the other methods belong to the loop.
    """

    def __init__(
        self,
        storage: PushStorage,
        clock: Callable[[], datetime],
        sharing: PushSharing | None = None,
    ) -> None:
        """Read what is stored; raises StoreFailure. With a `sharing` each task is read at its take-over."""
        self._storage = storage
        self._clock = clock
        self._sharing = sharing
        self._states = PushStates({} if sharing else storage.states(), clock)
        self._received = _Received({})
        self._reports = PushReports()
        # Tasks that have sent a log since their last run ended: it belongs to the run that is under way.
        self._logged: set[str] = set()
        self._arrived: deque[str] = deque()
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._failure_log = FailureLog(
            _log,
            "Cannot store pushed reports, senders have to repeat them",
            "Pushed reports are stored again.",
        )
        self._stopping = False
        self._recording = Lock()
        self._thread = Thread(target=self._work, name="push", daemon=True)
        self._thread.start()

    def use(self, tasks: Sequence[Task], added: Collection[str], *, at_start: bool) -> None:
        """Receive pushes of these tasks; those `added` while running are watched from now on."""
        pushed = {task.url: task for task in tasks if task.push}
        self._states.watch(pushed, () if at_start else added)
        self._evaluate(_Received(pushed))

    def use_share(
        self,
        own: Sequence[Task],
        listed: Sequence[Task],
        added: Collection[str],
        taken: TakenOver,
        states: States,
    ) -> None:
        """Receive pushes of the `listed` tasks, and evaluate one's `own`.

        What is kept of those that were `taken` over is known, and evaluated at once if their stored `states`
        may be older. Those `added` to the list while running are watched from now on. Afterwards `settle`
        before others may own what is not one's own any more.
        """
        pushed = {task.url: task for task in own if task.push}
        self._states.take_over(taken, pushed, self._received.own)
        self._states.watch(pushed, added)
        others = frozenset(task.url for task in listed if task.push and task.url not in pushed)
        self._arrived.extend(taken.to_evaluate(states))
        self._evaluate(_Received(pushed, others))

    def take_over(self, tasks: Sequence[Task]) -> TakenOver:
        """Return what is kept of tasks that this node has claimed, for `use_share`; from any thread.

        Raises StoreFailure.
        """
        pushed = [task for task in tasks if task.push]
        return self._sharing.take_over(pushed, self._clock()) if self._sharing else TakenOver()

    def settle(self) -> None:
        """Wait until what was received before the last change is stored; from any thread but the loop's."""
        with self._recording:
            pass

    def store_again(self) -> None:
        """Have the states of all tasks stored again: the database has lost some."""
        self._states.unwritten.update(self._received.own)
        self._wake()

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        """Have a push stored; `answer` is called with what became of it, from another thread."""
        self._queue.put(_Waiting(push, answer))

    def report(self, task: Task) -> TaskReport | InvalidReport:
        """Return what the pushes of a task say together; the same object as long as it is the same.

        A failure that a success has followed at once comes first, and the task has arrived once more.
        """
        state, has_more = self._states.next(task.url)
        if has_more:
            self._arrived.append(task.url)
        return self._reports.report(task, state)

    def log(self, task: Task) -> tuple[str, ...]:
        """Return the last lines of the log of a task whose last run failed."""
        return self._reports.log(task)

    def arrived(self) -> Collection[str]:
        """Return the URLs of the tasks with pushes since the last call."""
        if not self._arrived:
            return ()
        found: dict[str, None] = {}
        while self._arrived:
            found[self._arrived.popleft()] = None
        return found

    def excuse(
        self, task: Task, verdict: Verdict, previous: Verdict, absences: Sequence[Absence], now: datetime
    ) -> Verdict:
        """Return the verdict on a task; unknown if its report may have been lost in an absence."""
        return excuse(verdict, previous, absences, task.grace, task.interval, now)

    def stop(self, timeout: float) -> None:
        """Store what has arrived, and end the thread; wait for that at most `timeout` seconds."""
        self._stopping = True
        self._wake()
        self._thread.join(timeout)

    def _evaluate(self, received: _Received) -> None:
        self._reports.keep_only(received.own)
        self._received = received
        self._wake()

    def _wake(self) -> None:
        self._queue.put(None)

    def _work(self) -> None:
        while not self._stopping or not self._queue.empty():
            try:
                first = self._queue.get(timeout=self._patience())
                if not self._stopping:
                    sleep(GATHERING)
                self._store(self._batch(first))
            except Empty:
                self._store([])
            except Exception:  # noqa: BLE001 - the thread has to go on, whatever the error
                _log.exception("Internal error while storing pushed reports.")

    def _patience(self) -> float | None:
        """Return the seconds after which there may be something to store although no push has come."""
        if self._sharing:
            return self._sharing.pause()
        return RETRY if self._states.unwritten else None

    def _batch(self, first: _Waiting | None) -> list[_Waiting]:
        batch = [first] if first else []
        while len(batch) < BATCH:
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                break
            if waiting:
                batch.append(waiting)
        return batch

    def _store(self, batch: Sequence[_Waiting]) -> None:
        """Store pushes together; one by one if that fails for a reason that only some of them have."""
        attempted = bool(batch or self._states.unwritten)
        try:
            receipts, error = self._record(batch), None
        except StoreFailure as failure:
            receipts, error = [Receipt.FAILED] * len(batch), failure
        except Exception as failure:  # noqa: BLE001 - one push must not keep others from being stored
            if len(batch) > 1:
                for waiting in batch:
                    self._store([waiting])
                return
            receipts, error = [Receipt.FAILED] * len(batch), None
            _log.exception("Internal error while storing a pushed report.", exc_info=failure)
        if attempted:
            self._failure_log.record(str(error) if error else None, error and error.__cause__, logging.ERROR)
        for waiting, receipt in zip(batch, receipts, strict=True):
            waiting.answer(receipt)

    def _record(self, batch: Sequence[_Waiting]) -> list[Receipt]:
        with self._recording:
            # In this order: states are known before their tasks are received.
            received, unwritten = self._received, frozenset(self._states.unwritten)
            work = PushBatch(self._states.__getitem__, self._logged, self._states.unevaluated)
            for url in unwritten:
                if url in received.own:
                    work.begin(url)
            pushes = [waiting.push for waiting in batch]
            arrived = self._write(work, pushes, received)
            self._states.note_stored(work, unwritten)
            self._logged = work.logged
        for each in work.writes:
            self._reports.note(each)
        self._arrived.extend(arrived)
        self._arrived.extend(push.url for push in pushes if push.kind is not PushKind.LOG)
        return [received.receipt(push.url) for push in pushes]

    def _write(self, work: PushBatch, pushes: Sequence[PushedReport], received: _Received) -> Collection[str]:
        """Store pushes; return the URLs of the tasks with pushes that other nodes received."""
        own = [push for push in pushes if push.url in received.own]
        if self._sharing:
            others = [push for push in pushes if push.url in received.elsewhere]
            return self._sharing.store(work, own, others, received.own)
        for push in own:
            work.add(push, received.own[push.url].expectations.runtime)
        if work.writes:
            self._storage.record(work.writes)
        return ()
