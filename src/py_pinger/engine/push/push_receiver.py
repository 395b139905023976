"""Receives pushes from the web server, and gives the monitor what they say together.

Pushes that come at the same time are stored by one transaction, on a thread that does nothing else; their
senders wait for it. What is not stored has not happened.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from time import sleep
from typing import Final, Protocol

from py_pinger.core.model.check import InvalidReport, TaskReport, Verdict
from py_pinger.core.model.health import Absence
from py_pinger.core.model.push import PushedReport, PushKind, PushState, PushWrite, Receipt
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.push.absence import excuse
from py_pinger.core.push.log_text import tail_of
from py_pinger.core.push.run_rules import receive
from py_pinger.core.push.stored_report import stored_report
from py_pinger.engine.runtime.failure_log import FailureLog
from py_pinger.engine.runtime.store_access import StoreFailure

_log = logging.getLogger(__name__)

# Seconds that pushes are collected before they are stored by one transaction.
GATHERING: Final = 0.01

# Pushes of one transaction; bounds how long it holds the database.
BATCH: Final = 1000

# Lines of a log that a message shows.
LOG_LINES: Final = 10

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
class _KnownReport:
    """What pushes say together, with what that follows from."""

    state: PushState
    expectations: Expectations
    report: TaskReport | InvalidReport


class PushReceiver:
    """What is kept of the tasks that are pushed; one thread stores it.

    `submit` may be called from any thread, the other methods belong to the loop.
    """

    def __init__(self, storage: PushStorage, clock: Callable[[], datetime]) -> None:
        """Read what is stored; raises StoreFailure."""
        self._storage = storage
        self._clock = clock
        self._states: dict[str, PushState] = dict(storage.states())
        self._tasks: Mapping[str, Task] = {}
        # Tasks whose state is not stored yet: they are watched, and nothing of them has arrived.
        self._unwritten: set[str] = set()
        self._known_reports: dict[str, _KnownReport] = {}
        # Tasks that have sent a log since their last run ended: it belongs to the run that is under way.
        self._logged: set[str] = set()
        # Of tasks whose last run failed, for messages.
        self._logs: dict[str, tuple[str, ...]] = {}
        self._arrived: deque[str] = deque()
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._failure_log = FailureLog(
            _log,
            "Cannot store pushed reports, senders have to repeat them",
            "Pushed reports are stored again.",
        )
        self._stopping = False
        self._thread = Thread(target=self._work, name="push", daemon=True)
        self._thread.start()

    def use(self, tasks: Sequence[Task], added: Collection[str], *, at_start: bool) -> None:
        """Receive pushes of these tasks; those `added` while running are watched from now on."""
        now = self._clock()
        pushed = {task.url: task for task in tasks if task.push}
        for url in pushed:
            known = self._states.get(url)
            if known is None or (url in added and not at_start):
                self._states[url] = PushState(now, seen=known.seen if known else ())
                self._unwritten.add(url)
        self._known_reports = {url: each for url, each in self._known_reports.items() if url in pushed}
        self._tasks = pushed
        self._wake()

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        """Have a push stored; `answer` is called with what became of it, from another thread."""
        self._queue.put(_Waiting(push, answer))

    def report(self, task: Task) -> TaskReport | InvalidReport:
        """Return what the pushes of a task say together; the same object as long as it is the same."""
        state, known = self._states[task.url], self._known_reports.get(task.url)
        if known is None or known.state is not state or known.expectations != task.expectations:
            known = _KnownReport(state, task.expectations, stored_report(state, task.expectations))
            self._known_reports[task.url] = known
        return known.report

    def log(self, task: Task) -> tuple[str, ...]:
        """Return the last lines of the log of a task whose last run failed."""
        return self._logs.get(task.url, ())

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

    def _wake(self) -> None:
        self._queue.put(None)

    def _work(self) -> None:
        while not self._stopping or not self._queue.empty():
            try:
                first = self._queue.get(timeout=RETRY if self._unwritten else None)
                if not self._stopping:
                    sleep(GATHERING)
                self._store(self._batch(first))
            except Empty:
                self._store([])
            except Exception:  # noqa: BLE001 - the thread has to go on, whatever the error
                _log.exception("Internal error while storing pushed reports.")

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
        self._failure_log.record(str(error) if error else None, error and error.__cause__, logging.ERROR)
        for waiting, receipt in zip(batch, receipts, strict=True):
            waiting.answer(receipt)

    def _record(self, batch: Sequence[_Waiting]) -> list[Receipt]:
        tasks, unwritten = self._tasks, frozenset(self._unwritten)
        states = {url: self._states[url] for url in unwritten if url in tasks}
        writes = [PushWrite(url, state) for url, state in states.items()]
        receipts, logged = [], set(self._logged)
        for push in (waiting.push for waiting in batch):
            task = tasks.get(push.url)
            receipts.append(Receipt.STORED if task else Receipt.UNKNOWN)
            if task is None:
                continue
            state = states.get(push.url) or self._states[push.url]
            reception = receive(state, push, task.expectations.runtime)
            if not reception.repeated:
                states[push.url] = reception.state
                log = _log_of(push, logged)
                writes.append(PushWrite(push.url, reception.state, reception.run, log))
        if writes:
            self._storage.record(writes)
        self._states.update(states)
        self._logged = logged
        for each in writes:
            self._note_log(each)
        self._unwritten -= unwritten
        self._arrived.extend(waiting.push.url for waiting in batch if waiting.push.kind is not PushKind.LOG)
        return receipts

    def _note_log(self, write: PushWrite) -> None:
        if write.run and write.log and not write.run.healthy:
            self._logs[write.url] = tail_of(write.log, lines=LOG_LINES)
        elif write.run:
            self._logs.pop(write.url, None)


def _log_of(push: PushedReport, logged: set[str]) -> str | None:
    """Return the log to store, None to keep the one before; notes in `logged` which tasks have sent one.

    The log of a run stays until another run ends, so that people can read why the last one failed.
    """
    if push.kind is PushKind.START:
        return None
    if push.kind is PushKind.LOG:
        logged.add(push.url)
        return push.log
    kept = push.url in logged and not push.log
    logged.discard(push.url)
    return None if kept else push.log
