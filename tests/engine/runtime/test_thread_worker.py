"""A thread of one's own for blocking work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from threading import Event, Thread, current_thread
from threading import enumerate as threads

import pytest

from py_pinger.engine.runtime.thread_worker import ThreadWorker


@pytest.fixture
async def worker() -> AsyncIterator[ThreadWorker]:
    """Return a worker that ends with the test."""
    worker = ThreadWorker("test-worker")
    yield worker
    await worker.stop(5)


def named(name: str) -> list[Thread]:
    """Return the running threads of this name."""
    return [thread for thread in threads() if thread.name == name]


async def test_result(worker: ThreadWorker) -> None:
    """The job's result comes back, from a daemon thread with the worker's name."""
    thread = await worker.do(current_thread)
    assert (thread.name, thread.daemon) == ("test-worker", True)


async def test_exception(worker: ThreadWorker) -> None:
    """What a job raises is raised where it is waited for, and the next job is done."""
    with pytest.raises(ZeroDivisionError):
        await worker.do(lambda: 1 // 0)
    assert await worker.do(lambda: 1) == 1


@pytest.mark.parametrize("fault", [SystemExit(3), KeyboardInterrupt(), BaseException("panic")])
async def test_no_exception(worker: ThreadWorker, fault: BaseException) -> None:
    """What is raised and is no Exception ends neither the thread nor the loop: it comes as one."""

    def job() -> None:
        raise fault

    with pytest.raises(RuntimeError) as raised:
        await worker.do(job)
    assert str(raised.value) == repr(fault)
    assert await worker.do(lambda: 1) == 1


async def test_order(worker: ThreadWorker) -> None:
    """Jobs are done one at a time, in the order in which they were asked for."""
    done: list[int] = []
    await asyncio.gather(*(worker.do(partial(done.append, number)) for number in range(20)))
    assert done == list(range(20))


async def test_given_up_before_its_turn(worker: ThreadWorker) -> None:
    """A job whose waiter has gone before its turn is never done; one under way is finished."""
    begun, gate, done = Event(), Event(), list[str]()

    def job() -> None:
        begun.set()
        gate.wait(5)
        done.append("under way")

    under_way = asyncio.create_task(worker.do(job))
    queued = asyncio.create_task(worker.do(lambda: done.append("queued")))
    await asyncio.to_thread(begun.wait, 5)
    under_way.cancel()
    queued.cancel()
    await asyncio.wait([under_way, queued])
    gate.set()
    await worker.do(lambda: done.append("next"))
    assert done == ["under way", "next"]


async def test_stop() -> None:
    """A stopped worker does what it was asked for before, and its thread is gone."""
    worker, done = ThreadWorker("stopping"), list[int]()
    waiting = asyncio.create_task(worker.do(lambda: done.append(1)))
    await asyncio.sleep(0)
    await worker.stop(5)
    await waiting
    assert (done, named("stopping")) == ([1], [])


async def test_stop_with_a_hanging_job() -> None:
    """A job that hangs holds up a stop no longer than it may; the thread ends once the job does."""
    worker, gate = ThreadWorker("hanging"), Event()
    hanging = asyncio.create_task(worker.do(lambda: gate.wait(5)))
    await asyncio.sleep(0)
    await worker.stop(0.01)
    (thread,) = named("hanging")
    gate.set()
    assert await hanging
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()
