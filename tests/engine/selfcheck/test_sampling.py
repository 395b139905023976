"""Tasks that are probed out of turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from py_pinger.core.model.check import Cause, NoResponse, ProbeFailure, ProbeResult, Response, Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, Task
from py_pinger.core.text.urls import origin
from py_pinger.engine.runtime.tasks import MonitoredTask
from py_pinger.engine.selfcheck.sampling import (
    HOSTS,
    SHORT_TIMEOUT,
    TIME_SOURCES,
    SampleProber,
    is_time_source,
    one_per_host,
)

TOOK = timedelta(milliseconds=20)
MINUTE = timedelta(minutes=1)


def monitored(url: str, frequency: timedelta | None = None, grace: timedelta = MINUTE) -> MonitoredTask:
    """Return a task that should run so often."""
    verdict = Verdict(Status.OK, frequency=frequency)
    task = Task(url, url, timeout=2 * SHORT_TIMEOUT, grace=grace)
    return MonitoredTask(task, origin(url), TaskState(verdict=verdict), 0.0)


def item(number: int, frequency: timedelta) -> MonitoredTask:
    """Return a task that is an item of a page."""
    one = monitored(f"http://a/#{number}", frequency)
    page = PageDefinition("jobs", each="jobs", item_name="name", lastrun="t")
    one.apply(replace(one.task, expectations=Expectations(page=page)))
    return one


async def test_those_that_run_most_often_know_the_time_best() -> None:
    """The tasks with the shortest frequency are the time sources; those without a response do not count."""
    asked: list[Task] = []

    async def probe(task: Task) -> ProbeResult:
        asked.append(task)
        if task.url.endswith("/1"):
            return NoResponse(ProbeFailure.REFUSED, "connection refused", TOOK)
        return Response(200, task.url.encode(), TOOK)

    sampler = SampleProber(probe, Random(1))  # noqa: S311 - no secret
    task_set = [monitored(f"http://a/{number}", number * MINUTE) for number in range(1, 30)]
    sampler.watch([monitored("http://a/new"), *reversed(task_set)])
    pages = await sampler.responses()
    assert [task.url for task in asked] == [f"http://a/{number}" for number in range(1, TIME_SOURCES + 1)]
    assert {(task.retries, task.timeout) for task in asked} == {(0, SHORT_TIMEOUT)}
    assert pages[0] == (Response(200, b"http://a/2", TOOK), task_set[1].task)
    assert len(pages) == TIME_SOURCES - 1


async def test_a_shared_page_is_one_witness() -> None:
    """Of many tasks of one page one is drawn about the network, and the most frequent one about the time."""
    asked: list[str] = []

    async def probe(task: Task) -> ProbeResult:
        asked.append(task.url)
        return Response(200, b"", TOOK)

    sampler = SampleProber(probe, Random(1))  # noqa: S311 - no secret
    jobs = [item(number, (number + 1) * MINUTE) for number in range(1000)]
    others = [monitored(f"http://h{number}/", MINUTE) for number in range(3)]
    sampler.watch([*jobs[1:], jobs[0], *others])
    assert sampler.shared
    assert len(sampler.pages) == 4
    assert len(one_per_host(sampler.draw_from_all())) == 4
    await sampler.responses()
    assert sorted(asked) == ["http://a/#0", "http://h0/", "http://h1/", "http://h2/"]
    sampler.watch(others)
    assert (sampler.pages, sampler.shared) == (others, False)


async def test_an_internal_error_is_not_a_response(caplog: pytest.LogCaptureFixture) -> None:
    """An internal error in a sampled probe is logged, and is not a response; cancelling cancels it."""

    async def probe(task: Task) -> ProbeResult:
        raise asyncio.CancelledError if task.url.endswith("/2") else SystemError("panic")

    sampler = SampleProber(probe, Random(1))  # noqa: S311 - no secret
    (answer,) = await sampler.results([monitored("http://a/1").task])
    assert answer == NoResponse(ProbeFailure.LOCAL, "internal error", timedelta(0))
    assert "Internal error in the sample probe" in caplog.text
    with pytest.raises(asyncio.CancelledError):
        await sampler.results([monitored("http://a/2").task])


def test_the_unreachable_know_nothing() -> None:
    """A task that was unreachable at the last check is not a time source."""
    reached, lost = monitored("http://a/1", MINUTE), monitored("http://a/2", MINUTE)
    lost.state = replace(lost.state, verdict=replace(lost.state.verdict, cause=Cause.UNREACHABLE))
    assert [is_time_source(each.state.verdict) for each in (reached, lost, monitored("http://a/3"))] == [
        True,
        False,
        False,
    ]


def test_one_per_host() -> None:
    """Of each host there is one, and never too many."""
    task_set = [monitored(f"http://{host}/{number}") for host in "abc" for number in range(3)]
    assert [each.host for each in one_per_host(task_set)] == ["a", "b", "c"]
    many = [monitored(f"http://h{number}/") for number in range(100)]
    assert len(one_per_host(many)) == HOSTS


def test_hosts() -> None:
    """A host has no port, and an address needs no name server."""
    urls = ["http://A.example:81/", "http://127.0.0.1:80/", "http://[::1]/"]
    assert [(each.host, each.needs_names) for each in map(monitored, urls)] == [
        ("a.example", True),
        ("127.0.0.1", False),
        ("::1", False),
    ]
