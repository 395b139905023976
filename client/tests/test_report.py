"""`report` as people use it: what is on the page and what is pushed after each way to run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from client.tests.support.executing import environment
from client.tests.support.receiver import Receiver

from pinger_report import report

DEAD = "http://127.0.0.1:1/ping/0123456789abcdefghij"


def page(folder: Path, slug: str = "task") -> dict[str, Any]:
    """Return the page of a task."""
    read: dict[str, Any] = json.loads((folder / f"{slug}.json").read_text("utf-8"))
    return read


def said(folder: Path, slug: str = "task") -> tuple[str, str | None]:
    """Return the status and the reason on the page of a task."""
    found = page(folder, slug)
    return found["status"], found.get("reason")


def test_a_run_by_with(pages: Path) -> None:
    """The page says at once that a run has begun, and has its result in the end."""
    with report("Nightly import", frequency=1440, runtime=20, server="app-1"):
        first = page(pages, "nightly-import")
        assert (first["status"], first["lastrun"]) == ("ok", None)
    after = page(pages, "nightly-import")
    assert after == {
        "status": "ok",
        "lastrun": after["lastrun"],
        "started": first["started"],
        "frequency": 1440,
        "runtime": 20,
        "process": "Nightly import",
        "server": "app-1",
    }
    assert after["started"] <= after["lastrun"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SystemExit(0), ("ok", None)),
        (SystemExit(2), ("error", "SystemExit: 2")),
        (ValueError("no rows\nat all"), ("error", "ValueError: no rows")),
        (KeyboardInterrupt(), ("error", "KeyboardInterrupt")),
        (asyncio.CancelledError(), ("error", "CancelledError")),
    ],
)
def test_exceptions_pass_through(pages: Path, error: BaseException, expected: tuple[str, str | None]) -> None:
    """Each exception leaves the run unchanged, and decides the result."""
    with pytest.raises(type(error)) as caught, report("task"):
        raise error
    assert caught.value is error
    assert said(pages) == expected


def test_reasons_and_failures(pages: Path) -> None:
    """A reason is shown with a run that is ok; `fail` makes it an error without raising."""
    with report("task") as run:
        run.reason = "3 rows skipped"
    assert said(pages) == ("ok", "3 rows skipped")
    with report("task") as run:
        run.fail("too many skipped")
    assert said(pages) == ("error", "too many skipped")
    with report("task") as run:
        run.fail()
    assert said(pages) == ("error", "failed")


def test_runs_of_one_object_do_not_mix(pages: Path) -> None:
    """Runs in threads that share a report end as their own."""
    shared, barrier = report("task"), Barrier(2)
    runs = []

    def work(fails: bool) -> None:  # noqa: FBT001 - of a thread
        with shared as run:
            runs.append(run)
            barrier.wait(30)
            if fails:
                run.fail("mine")
                barrier.wait(30)
        if not fails:
            assert said(pages) == ("ok", None)
            barrier.wait(30)

    threads = [Thread(target=work, args=(fails,)) for fails in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs[0] is not runs[1]
    assert said(pages) == ("error", "mine")


def test_recursion(receiver: Receiver) -> None:
    """A function that calls itself is a run for each call, and each ends as its own."""

    @report("task", push=receiver.address)
    def descend(depth: int) -> int:
        if depth == 0:
            raise ValueError("deep")
        with suppress(ValueError):
            descend(depth - 1)
        return depth

    assert descend(2) == 2
    ends = [each for each in receiver.pushed if each.path != "task/start"]
    assert [each.path for each in ends] == ["task/fail", "task", "task"]
    for each in ends:
        paths = [other.path for other in receiver.pushed if other.rid == each.rid]
        assert paths == ["task/start", each.path]


def test_generators_that_share_an_object_do_not_mix(pages: Path) -> None:
    """A run belongs to the `with` that began it, also if two generators take turns in one thread."""
    shared = report("task")

    def work(reason: str) -> Iterator[None]:
        with shared as run:
            run.reason = reason
            yield

    first, second = work("first"), work("second")
    next(first), next(second)
    next(first, None)
    assert said(pages) == ("ok", "first")
    next(second, None)
    assert said(pages) == ("ok", "second")


def test_an_exit_stack(pages: Path) -> None:
    """A run that an ExitStack begins ends with it, and one that was never begun ends quietly."""
    with ExitStack() as stack:
        run = stack.enter_context(report("task"))
        run.reason = "by a stack"
    assert said(pages) == ("ok", "by a stack")
    report("task").__exit__(None, None, None)


def test_a_decorated_function(pages: Path) -> None:
    """Each call is a run; the result, the name and the exceptions are the function's."""

    @report("task")
    def double(value: int) -> int:
        """Return twice as much."""
        return 2 * value

    assert double(4) == 8
    assert (double.__name__, double.__doc__) == ("double", "Return twice as much.")
    assert said(pages) == ("ok", None)
    with pytest.raises(TypeError):
        double(None)  # type: ignore[arg-type]
    assert said(pages)[0] == "error"


def test_overlapping_coroutines(pages: Path, receiver: Receiver) -> None:
    """A coroutine function is reported when it has run, each of several at once for itself."""

    @report("task", push=receiver.address)
    async def work(number: int, release: asyncio.Event) -> int:
        await release.wait()
        if number == 1:
            raise ValueError(number)
        return number

    async def main() -> list[int | BaseException]:
        release = asyncio.Event()
        running = [asyncio.create_task(work(number, release)) for number in range(3)]
        await asyncio.sleep(0)
        assert page(pages)["lastrun"] is None
        release.set()
        return await asyncio.gather(*running, return_exceptions=True)

    results = asyncio.run(main())
    assert [results[0], results[2]] == [0, 2]
    assert isinstance(results[1], ValueError)
    wait_for_pushes()
    ends = [each for each in receiver.pushed if not each.path.endswith("/start")]
    assert sorted(each.path for each in ends) == ["task", "task", "task/fail"]
    assert len({each.rid for each in ends}) == 3


def wait_for_pushes() -> None:
    """Wait for the threads that push, as the interpreter does in its end."""
    import threading  # noqa: PLC0415 - only here

    for thread in threading.enumerate():
        if thread.name == "pinger-report":
            thread.join(10)


def test_a_cancelled_coroutine(pages: Path) -> None:
    """Cancellation is an error, and goes on to the caller."""

    @report("task")
    async def work() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        running = asyncio.create_task(work())
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    assert said(pages) == ("error", "CancelledError")


def test_a_dead_server_does_not_stop_an_event_loop(pages: Path) -> None:
    """In an event loop the end is pushed by a thread; the loop goes on meanwhile."""

    async def main() -> None:
        with report("task", push=DEAD):
            await asyncio.sleep(0)
        assert any(thread.is_alive() for thread in pushing())

    asyncio.run(main())
    wait_for_pushes()
    assert len(list((pages / ".spool").iterdir())) == 1


def pushing() -> list[Thread]:
    """Return the threads that push."""
    import threading  # noqa: PLC0415 - only here

    return [thread for thread in threading.enumerate() if thread.name == "pinger-report"]


def test_a_generator(pages: Path) -> None:
    """The run of a generator lasts until it is read to its end; values and exceptions pass both ways."""

    @report("task")
    def work() -> Generator[Any, Any, str]:
        received = yield 1
        try:
            yield received
        except ValueError as error:
            yield str(error)
        return "end"

    generator: Any = work()
    assert not (pages / "task.json").exists()
    assert next(generator) == 1
    assert page(pages)["lastrun"] is None
    assert generator.send("sent") == "sent"
    assert generator.throw(ValueError("thrown")) == "thrown"
    with pytest.raises(StopIteration) as stopped:
        next(generator)
    assert stopped.value.value == "end"
    assert said(pages) == ("ok", None)


def test_a_generator_that_is_closed(pages: Path) -> None:
    """A generator that is not read to its end is ok; its own cleaning up still happens."""
    cleaned = []

    @report("task")
    def work() -> Iterator[int]:
        try:
            yield 1
        finally:
            cleaned.append(True)

    next(generator := work())
    generator.close()  # type: ignore[attr-defined]
    assert (cleaned, said(pages)) == ([True], ("ok", None))


def test_an_asynchronous_generator(pages: Path) -> None:
    """Asynchronous generators too pass on what is sent, thrown and closed, and report the end."""
    cleaned = []

    @report("task")
    async def work() -> AsyncIterator[Any]:
        try:
            received = yield 1
            try:
                yield received
            except ValueError as error:
                yield str(error)
        finally:
            cleaned.append(True)

    async def main() -> None:
        source: Any = work()
        assert await source.asend(None) == 1
        assert await source.asend("sent") == "sent"
        assert await source.athrow(ValueError("thrown")) == "thrown"
        assert [item async for item in source] == []
        assert said(pages) == ("ok", None)
        source = work()
        await source.asend(None)
        await source.aclose()
        assert said(pages) == ("ok", None)
        source = work()
        await source.asend(None)
        with pytest.raises(KeyError):
            await source.athrow(KeyError("k"))

    asyncio.run(main())
    assert cleaned == [True] * 3
    assert said(pages) == ("error", "KeyError: 'k'")


def test_a_coroutine_function_in_disguise(pages: Path) -> None:
    """A function that returns a coroutine has run when that has."""

    async def work() -> str:
        await asyncio.sleep(0)
        assert page(pages)["lastrun"] is None
        return "done"

    def disguised() -> Any:  # noqa: ANN401 - as other decorators make them
        return work()

    reported = report("task")(disguised)
    assert asyncio.run(reported()) == "done"
    assert said(pages) == ("ok", None)

    async def fail() -> None:
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        asyncio.run(report("task")(lambda: fail())())  # noqa: PLW0108 - a function in between is the point
    assert said(pages) == ("error", "ValueError: late")


class Callable_:  # noqa: N801 - its kind is what it is about
    """An object that is called like a coroutine function."""

    async def __call__(self) -> str:
        """Return something."""
        return "called"


def test_objects_and_partials(pages: Path) -> None:
    """Callable objects and partials are wrapped as what is inside them."""
    from functools import partial  # noqa: PLC0415 - only here

    async def work(value: str) -> str:
        return value

    assert asyncio.run(report("task")(partial(work, "partial"))()) == "partial"
    assert asyncio.run(report("task")(Callable_())()) == "called"
    assert said(pages) == ("ok", None)


@pytest.mark.parametrize("wrong", [int, staticmethod(len) if sys.version_info < (3, 10) else None, "name"])
def test_what_cannot_be_decorated(wrong: Any) -> None:  # noqa: ANN401 - of any kind
    """Classes and other things are refused with a sentence."""
    with pytest.raises(TypeError, match="put it below other decorators"):
        report("task")(wrong)


def test_what_is_pushed(receiver: Receiver) -> None:
    """A start and an end are pushed with one rid; both say what the task states."""
    with report("Nightly import", frequency=5, push=receiver.address) as run:
        run.reason = "3 rows skipped"
    start, end = receiver.pushed
    assert (start.path, end.path, start.rid) == ("nightly-import/start", "nightly-import", end.rid)
    stated = {"frequency": 5, "process": "Nightly import", "server": os.uname().nodename}
    assert start.report == {"started": start.report["started"], **stated}
    assert end.report == {
        "status": "ok",
        "reason": "3 rows skipped",
        "lastrun": end.report["lastrun"],
        "started": start.report["started"],
        **stated,
    }


def test_both_places(pages: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """With both variables a run is written and pushed; keywords come before them."""
    monkeypatch.setenv("PINGER_PUSH", receiver.address)
    with report("task"):
        pass
    with report("task", folder=pages / "other", push=f"{receiver.address}/own"):
        pass
    assert said(pages) == said(pages / "other") == ("ok", None)
    assert receiver.paths == ["task/start", "task", "own/start", "own"]


def test_neither_place(warned: Callable[[], list[str]]) -> None:
    """Without a place for reports a task works, and one warning says why none are made."""
    for _ in range(2):
        with report("task") as run:
            run.reason = "unheard"
    assert warned() == ["Runs are not reported: neither PINGER_REPORTS nor PINGER_PUSH is set"]


class Unreadable:
    """An object without a text."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("keywords", "warnings"),
    [
        ({"folder": "/proc/pages"}, 2),
        ({"folder": "/dev/null/pages"}, 2),
        ({"folder": 7}, 1),
        ({"frequency": "often", "folder": "{pages}"}, 1),
        ({"sleep": 7, "folder": "{pages}"}, 1),
        ({"sleep": [{"start": float("nan")}], "folder": "{pages}"}, 2),
        ({"push": "ftp://secret"}, 1),
        ({"push": 7}, 1),
    ],
    ids=str,
)
def test_nothing_of_it_reaches_the_task(
    tmp_path: Path, warned: Callable[[], list[str]], keywords: dict[str, Any], warnings: int
) -> None:
    """Whatever is wrong with the keywords or the places, the task runs; the log says what is wrong."""
    keywords = {key: str(tmp_path) if value == "{pages}" else value for key, value in keywords.items()}
    ran = []
    with report("task", **keywords) as run:
        run.reason = Unreadable()
        run.fail(Unreadable())
        ran.append(True)
    wait_for_pushes()
    assert ran == [True]
    assert len([each for each in warned() if "read a reason" not in each]) >= warnings
    assert "secret" not in str(warned())


def test_a_read_only_folder(mounted: Callable[[str], Path], warned: Callable[[], list[str]]) -> None:
    """A folder that cannot be written is a warning at the start and one at the end."""
    with report("task", folder=mounted("ro")):
        pass
    assert warned() == ["Cannot write the page of task: Read-only file system"] * 2


def test_a_run_that_outlived_its_command(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose `pinger exec` has ended reports for itself."""
    monkeypatch.setenv("PINGER_RUN", str(pages / "gone" / "task"))
    with report("task"):
        pass
    assert said(pages) == ("ok", None)


KILLED = """
import os, sys
from pinger_report import report
with report("task", frequency=60, runtime=5):
    print("running", flush=True)
    sys.stdin.read()
"""


def test_a_killed_run_is_seen(pages: Path) -> None:
    """After `kill -9` the page says that a run has begun, how long it may take, and that it has not ended."""
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env=environment(PINGER_REPORTS=str(pages)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    found = page(pages)
    assert (found["lastrun"], found["runtime"], "started" in found) == (None, 5, True)


EXITING = """
import asyncio
from pinger_report import report

async def main():
    with report("task"):
        await asyncio.sleep(0)

asyncio.run(main())
"""


def test_the_interpreter_waits_for_the_last_push(receiver: Receiver) -> None:
    """A program that ends just after its run in an event loop still pushes the end."""
    environ = environment(PINGER_PUSH=receiver.address)
    subprocess.run([sys.executable, "-c", EXITING], env=environ, check=True, timeout=30)
    assert receiver.paths == ["task/start", "task"]


AT_EXIT = """
import atexit
from pinger_report import report

@atexit.register
def last():
    with report("task"):
        pass
"""


def test_a_run_while_the_interpreter_ends(receiver: Receiver, pages: Path) -> None:
    """A run in an exit handler, where no thread can be started any more, is reported too."""
    environ = environment(PINGER_PUSH=receiver.address, PINGER_REPORTS=str(pages))
    subprocess.run([sys.executable, "-c", AT_EXIT], env=environ, check=True, timeout=30)
    assert receiver.paths == ["task/start", "task"]
    assert said(pages) == ("ok", None)
