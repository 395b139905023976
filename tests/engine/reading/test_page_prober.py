"""Pages of other programs, served by a real server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.tcp_server import Farm, Request, answer, answering, saying

from py_pinger.core.model.check import InvalidReport, NoResponse, ProbeFailure, Response, TaskReport
from py_pinger.core.model.page import PageDefinition, PageKind
from py_pinger.core.model.task import Expectations, Task
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.reading.page_prober import PageProber

JOBS = PageDefinition("jobs", each="jobs", item_name="name", lastrun="t", status="s", ok=("done",))
LIST = {"jobs": [{"name": f"job {each}", "t": "2026-08-01T03:00:00Z", "s": "done"} for each in range(100)]}
DAILY = timedelta(days=1)


def task(url: str, page: PageDefinition, **more: object) -> Task:
    """Return a task whose page is read so."""
    base = Task(url, url, expectations=Expectations(DAILY, page=page))
    return replace(base, **more)  # type: ignore[arg-type]  # keys of a task


async def test_one_request_for_all_items(farm: Farm) -> None:
    """All tasks of a page at the same time cost one request, and later ones within half an interval none."""
    site = await farm.serve(saying(answer(json.dumps(LIST).encode())))
    now = 0.0
    async with Prober(100_000) as prober:
        pages = PageProber(prober.probe, lambda: now)
        tasks = [task(f"{site.url}#job%20{each}", JOBS) for each in range(100)]
        found = await asyncio.gather(*map(pages.probe, tasks))
        assert all(isinstance(each, Response) and isinstance(each.report, TaskReport) for each in found)
        assert len(site.requests) == 1
        now = 30.0
        await pages.probe(tasks[0])
        assert len(site.requests) == 1
        now = 30.1
        await pages.probe(tasks[0])
        assert len(site.requests) == 2


async def test_an_item_shows_itself(farm: Farm) -> None:
    """What is kept of an item's page is the item, and a missing item is named with some that there are."""
    site = await farm.serve(saying(answer(json.dumps(LIST).encode())))
    async with Prober(100_000) as prober:
        pages = PageProber(prober.probe, lambda: 0.0)
        shown = await pages.probe(task(f"{site.url}#job%207", JOBS))
        missing = await pages.probe(task(f"{site.url}#job", JOBS))
    assert isinstance(shown, Response)
    assert json.loads(shown.body) == LIST["jobs"][7]
    assert isinstance(missing, Response)
    assert missing.report == InvalidReport(
        'the page lists no "job"; it lists job 0, job 1, job 2 and 97 more'
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


async def test_a_large_page_does_not_hold_up_the_loop(farm: Farm) -> None:
    """A page of a megabyte is read in a thread, while the loop goes on."""
    large = {
        "jobs": [{"name": str(each), "t": "2026-08-01T03:00:00Z", "s": "done"} for each in range(15_000)]
    }
    site = await farm.serve(saying(answer(json.dumps(large).encode())))
    async with Prober(2_000_000) as prober:
        pages = PageProber(prober.probe, lambda: 0.0)
        found = await pages.probe(task(f"{site.url}#7", JOBS, timeout=timedelta(seconds=30)))
    assert isinstance(found, Response)
    assert isinstance(found.report, TaskReport)


async def test_a_failure_is_shared_but_not_kept() -> None:
    """Tasks that wait for the same request get its failure; the next one requests again."""
    calls = 0

    async def probe(_task: Task) -> NoResponse:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        return NoResponse(ProbeFailure.REFUSED, "connection refused", timedelta(0))

    pages = PageProber(probe, lambda: 0.0)
    tasks = [task(f"http://a.example/#{each}", JOBS) for each in range(5)]
    found = await asyncio.gather(*map(pages.probe, tasks))
    assert calls == 1
    assert {each.detail for each in found if isinstance(each, NoResponse)} == {"connection refused"}
    await pages.probe(tasks[0])
    assert calls == 2


async def test_a_task_that_is_given_up_takes_no_other_with_it() -> None:
    """Cancelling one task's probe leaves the request of the others alone."""
    released = asyncio.Event()

    async def probe(_task: Task) -> Response:
        await released.wait()
        return Response(200, json.dumps(LIST).encode(), timedelta(0))

    pages = PageProber(probe, lambda: 0.0)
    first = asyncio.ensure_future(pages.probe(task("http://a.example/#job%201", JOBS)))
    second = asyncio.ensure_future(pages.probe(task("http://a.example/#job%202", JOBS)))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    released.set()
    found = await second
    assert isinstance(found, Response)
    assert isinstance(found.report, TaskReport)
