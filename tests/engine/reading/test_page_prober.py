"""Pages of other programs, served by a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, current_thread

import pytest
from tests.support.tcp_server import Farm, Request, answer, answering, saying

from py_pinger.core.model.check import (
    InvalidReport,
    NoResponse,
    ProbeFailure,
    ProbeResult,
    Response,
    TaskReport,
)
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.incident import Incident, TaskState
from py_pinger.core.model.page import SAMPLE_LENGTH, PageDefinition, PageKind
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.reading.task_readings import TaskReading, read_for_tasks
from py_pinger.core.text.urls import origin
from py_pinger.engine.probing import retry
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.retry import probe_with_retries
from py_pinger.engine.reading import page_reader
from py_pinger.engine.reading.page_prober import PageProber
from py_pinger.engine.reading.page_reader import READ_AT_ONCE, TASKS_AT_ONCE, PageReader
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.runtime.thread_worker import ThreadWorker

JOBS = PageDefinition("jobs", each="jobs", item_name="name", lastrun="t", status="s", ok=("done",))
LIST = {"jobs": [{"name": f"job {each}", "t": "2026-08-01T03:00:00Z", "s": "done"} for each in range(100)]}
DAILY = timedelta(days=1)
NOW = datetime(2026, 8, 1, 5, tzinfo=UTC)


def task(url: str, page: PageDefinition, **more: object) -> Task:
    """Return a task whose page is read so."""
    base = Task(url, url, expectations=Expectations(DAILY, page=page))
    return replace(base, **more)  # type: ignore[arg-type]  # keys of a task


def watching(
    probe: Callable[[Task], Awaitable[ProbeResult]],
    *tasks: Task,
    monotonic: Callable[[], float] = lambda: 0.0,
    incident: Incident | None = None,
) -> PageProber:
    """Return a prober that monitors these tasks."""
    pages = PageProber(probe, monotonic)
    state = TaskState(incident=incident)
    pages.watch([MonitoredTask(each, origin(each.address), state, 0.0) for each in tasks])
    return pages


def items(url: str, *names: object, **more: object) -> list[Task]:
    """Return tasks for jobs of a list."""
    return [task(f"{url}#job%20{name}", JOBS, **more) for name in names]


@dataclass
class Service:
    """A page whose requests are counted, and a clock."""

    result: ProbeResult = field(default_factory=lambda: page_of(LIST))
    requests: int = 0
    now: float = 0.0

    async def probe(self, _task: Task) -> ProbeResult:
        """Return the page, not at once."""
        self.requests += 1
        await asyncio.sleep(0)
        return self.result

    async def cost(self, pages: PageProber, *tasks: Task) -> int:
        """Probe tasks one after the other; return how many requests that took."""
        before = self.requests
        for each in tasks:
            await pages.probe(each)
        return self.requests - before


def page_of(content: object) -> Response:
    """Return a response with some JSON."""
    return Response(200, json.dumps(content).encode(), timedelta(milliseconds=40))


REFUSED = NoResponse(ProbeFailure.REFUSED, "connection refused", timedelta(0))


async def test_one_request_for_all_items(farm: Farm) -> None:
    """All tasks of a page at the same time cost one request, and all get their own report."""
    site = await farm.serve(saying(answer(json.dumps(LIST).encode())))
    async with Prober(100_000) as prober:
        tasks = items(site.url, *range(100))
        pages = watching(prober.probe, *tasks)
        found = await asyncio.gather(*map(pages.probe, tasks))
    assert all(isinstance(each, Response) and isinstance(each.report, TaskReport) for each in found)
    assert len(site.requests) == 1
    # The duration is that of the request, which one of them sent.
    assert len({each.duration for each in found}) == 1
    assert sum(not each.shared for each in found) == 1


@pytest.mark.parametrize("result", [page_of(LIST), REFUSED])
async def test_a_result_serves_each_task_once(result: ProbeResult) -> None:
    """A result serves each task once within half an interval; one that asks again wants another."""
    service, tasks = Service(result), items("http://a.example/", *range(9))
    pages = watching(service.probe, *tasks, monotonic=lambda: service.now)
    assert await service.cost(pages, *tasks[:5]) == 1
    service.now = 30.0
    assert await service.cost(pages, tasks[5]) == 0
    service.now = 30.1
    assert await service.cost(pages, tasks[6]) == 1
    assert await service.cost(pages, *tasks) == 1
    assert await service.cost(pages, tasks[6]) == 1


async def test_tasks_in_trouble_share_for_longer() -> None:
    """While all tasks of a page are in trouble, half the error interval counts."""
    tasks, incident = items("http://a.example/", 1, 2, 3), Incident(NOW, NOW, ())
    service = Service(REFUSED)
    pages = watching(service.probe, *tasks, monotonic=lambda: service.now, incident=incident)
    assert await service.cost(pages, tasks[0]) == 1
    service.now = 240.0
    assert await service.cost(pages, tasks[1]) == 0
    service.now = 240.1
    assert await service.cost(pages, tasks[2]) == 1


async def test_one_sequence_of_retries_for_the_page() -> None:
    """A dead page is retried as often as one task says, and not for each of its tasks."""
    service, tasks = Service(REFUSED), items("http://a.example/", *range(1000), retries=2)
    pages = watching(partial(probe_with_retries, service.probe, sleep=asyncio.sleep), *tasks)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retry, "PAUSES", (0.0,))
        found = await asyncio.gather(*map(pages.probe, tasks))
    assert service.requests == 3
    assert {each.detail for each in found if isinstance(each, NoResponse)} == {"connection refused"}


@pytest.mark.parametrize("more", [{"retries": 3}, {"timeout": timedelta(seconds=11)}])
async def test_a_task_with_more_patience(more: dict[str, object]) -> None:
    """The failure of a task with less time or fewer tries is not that of one with more."""
    patient = items("http://a.example/", 1, **more)
    others = items("http://a.example/", 2, 3, 4)
    service = Service(REFUSED)
    pages = watching(service.probe, *others, *patient)
    assert await service.cost(pages, others[0], patient[0]) == 2
    assert await service.cost(pages, *others[1:]) == 0


async def test_failures_of_our_own_are_not_kept() -> None:
    """That Py Pinger lacks something is no fact about the page: the next task requests it."""
    service = Service(NoResponse(ProbeFailure.LOCAL, "no descriptors left", timedelta(0)))
    tasks = items("http://a.example/", 1, 2)
    assert await service.cost(watching(service.probe, *tasks), *tasks) == 2


async def test_evidence_is_requested_now() -> None:
    """A sample is requested whatever is known; what it finds is no result for the tasks."""
    service, tasks = Service(), items("http://a.example/", 1, 2)
    pages = watching(service.probe, *tasks)
    assert await service.cost(pages, tasks[0]) == 1
    service.result = REFUSED
    assert await pages.sample(tasks[1]) is REFUSED
    assert service.requests == 2
    found = await pages.probe(tasks[1])
    assert isinstance(found, Response)
    assert service.requests == 2
    contract = replace(tasks[0], expectations=Expectations())
    assert await pages.sample(contract) is await pages.probe(contract) is REFUSED


async def test_an_unchanged_page_is_not_read_again() -> None:
    """The same page again gives the same report; a changed page, header or expectation another."""
    page = replace(JOBS, reason="header:X-Reason")
    first = task("http://a.example/#job%201", page)
    service = Service()
    pages = watching(service.probe, first)

    async def report() -> object:
        found = await pages.probe(first)
        assert isinstance(found, Response)
        return found.report

    before = await report()
    assert await report() is before
    service.result = replace(page_of(LIST), headers={"x-reason": "none"})
    changed = await report()
    assert changed is not before
    service.result = page_of({"jobs": LIST["jobs"][:2]})
    assert await report() is not changed
    first = replace(first, expectations=replace(first.expectations, frequency=timedelta(days=2)))
    pages.watch([MonitoredTask(first, "http://a.example:80", TaskState(), 0.0)])
    assert pages.reading(first) is None
    found = await report()
    assert isinstance(found, TaskReport)
    assert found.frequency == timedelta(days=2)


async def test_pages_with_other_headers_are_other_requests() -> None:
    """Of a response only the headers that its tasks read are kept, so other headers are another request."""
    service = Service(Response(200, b"", timedelta(0), {"last-modified": "Sat, 01 Aug 2026 03:00:00 GMT"}))
    one = task("http://a.example/", PageDefinition("m", PageKind.HEADERS, "header:Last-Modified"))
    other = task("http://a.example/", PageDefinition("d", PageKind.HEADERS, "header:Date"))
    pages = watching(service.probe, one, other)
    found = await pages.probe(one)
    assert isinstance(found, Response)
    assert found.body == b"last-modified: Sat, 01 Aug 2026 03:00:00 GMT"
    assert await service.cost(pages, other) == 1


async def test_an_item_shows_itself(farm: Farm) -> None:
    """What is kept of an item's page is the item, and a missing item is named with some that there are."""
    site = await farm.serve(saying(answer(json.dumps(LIST).encode())))
    async with Prober(100_000) as prober:
        pages = watching(prober.probe)
        shown = await pages.probe(task(f"{site.url}#job%207", JOBS))
        missing = await pages.probe(task(f"{site.url}#job", JOBS))
    assert isinstance(shown, Response)
    assert json.loads(shown.body) == LIST["jobs"][7]
    assert isinstance(missing, Response)
    assert missing.report == InvalidReport(
        'the page lists no "job"; it lists job 0, job 1, job 2 and 97 more', fault=Fault(FaultCode.PAGE_ITEM)
    )


async def test_headers_alone(farm: Farm) -> None:
    """A page by its headers is requested by HEAD, and its body not waited for."""
    requests: list[str] = []

    def reply(request: Request) -> bytes:
        requests.append(request.line.split()[0])
        return answer(b"", "200 OK", "Last-Modified: Sat, 01 Aug 2026 03:00:00 GMT")

    site = await farm.serve(answering(reply))
    page = PageDefinition("l", PageKind.HEADERS, "header:Last-Modified")
    async with Prober(100) as prober:
        found = await PageProber(prober.probe, lambda: 0.0).probe(task(site.url, page, method="HEAD"))
    assert isinstance(found, Response)
    assert isinstance(found.report, TaskReport)
    assert found.report.lastrun.isoformat() == "2026-08-01T03:00:00+00:00"
    assert requests == ["HEAD"]


async def test_a_body_is_posted(farm: Farm) -> None:
    """A body is sent by POST as JSON, and a redirect of it is refused."""
    seen: list[tuple[str, bytes, str | None]] = []

    def reply(request: Request) -> bytes:
        seen.append((request.line.split()[0], request.body, request.headers.get("content-type")))
        return answer(json.dumps({"t": "2026-08-01T03:00:00Z"}).encode())

    site = await farm.serve(answering(reply))
    away = await farm.serve(saying(answer(b"", "307 Temporary Redirect", f"Location: {site.url}")))
    page = PageDefinition("p", lastrun="t")
    async with Prober(1000) as prober:
        pages = PageProber(prober.probe, lambda: 0.0)
        found = await pages.probe(task(site.url, page, body='{"q": 1}'))
        redirected = await pages.probe(task(away.url, page, body='{"q": 1}'))
    assert isinstance(found, Response)
    assert isinstance(found.report, TaskReport)
    assert seen == [("POST", b'{"q": 1}', "application/json")]
    assert isinstance(redirected, NoResponse)
    assert (redirected.failure, redirected.detail) == (
        ProbeFailure.REDIRECTS,
        "redirected, but a body is not sent on",
    )


async def test_a_large_page_is_read_on_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large page, or one for many tasks, is parsed and read on a thread, once; no body is kept."""
    threads: list[str] = []

    def read(body: bytes, headers: Mapping[str, str], tasks: Iterable[Task]) -> dict[str, TaskReading]:
        threads.append(current_thread().name)
        return read_for_tasks(body, headers, tasks)

    monkeypatch.setattr("py_pinger.core.reading.task_readings.read_for_tasks", read)
    large = {"jobs": [{"name": "job 1", "t": "2026-08-01T03:00:00Z", "s": "done", "x": "x" * READ_AT_ONCE}]}
    for content, tasks in (
        (LIST, items("http://a.example/", 1)),
        (large, items("http://a.example/", 1)),
        (LIST, items("http://a.example/", *range(TASKS_AT_ONCE + 1))),
    ):
        pages = watching(Service(page_of(content)).probe, *tasks)
        for found in [await pages.probe(each) for each in tasks]:
            assert isinstance(found, Response)
            assert isinstance(found.report, TaskReport)
            assert 10 < len(found.body) <= SAMPLE_LENGTH
        await pages.close()
    assert threads == ["MainThread", "pages", "pages"]


async def test_no_thread_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be started, that is a lack of the machine and not a fault of the page."""

    def start(_name: str) -> ThreadWorker:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(page_reader, "ThreadWorker", start)
    tasks = items("http://a.example/", *range(TASKS_AT_ONCE + 1))
    found = await watching(Service().probe, *tasks).probe(tasks[0])
    assert isinstance(found, NoResponse)
    assert (found.failure, found.duration) == (ProbeFailure.LOCAL, timedelta(milliseconds=40))


async def test_unread_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many unread bytes no page is requested; then one for each that has been read."""
    monkeypatch.setattr(page_reader, "MOST_UNREAD", 2 * READ_AT_ONCE)
    reading, reader = Event(), PageReader()

    def read(*_: object) -> dict[str, TaskReading]:
        reading.wait(10)
        reading.clear()
        return {}

    monkeypatch.setattr("py_pinger.core.reading.task_readings.read_for_tasks", read)
    large = Response(200, b"x" * (READ_AT_ONCE + 1), timedelta(0))
    unread = [asyncio.create_task(reader.read(large, ())) for _ in range(4)]
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(reader.wait_for_room()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    for done in (0, 1, 2):
        for _ in range(3):
            await asyncio.sleep(0)
        assert sum(each.done() for each in waiting[1:]) == done
        reading.set()
        await unread[done]
    reading.set()
    await asyncio.gather(unread[3], *waiting[1:])
    await reader.wait_for_room()
    await reader.close()


async def test_a_task_that_is_given_up_takes_no_other_with_it() -> None:
    """Cancelling one task's probe leaves the request of the others alone."""
    released = asyncio.Event()

    async def probe(_task: Task) -> Response:
        await released.wait()
        return Response(200, json.dumps(LIST).encode(), timedelta(0))

    tasks = items("http://a.example/", 1, 2)
    pages = watching(probe, *tasks)
    first, second = (asyncio.ensure_future(pages.probe(each)) for each in tasks)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    released.set()
    found = await second
    assert isinstance(found, Response)
    assert isinstance(found.report, TaskReport)
