"""Asking the unreachable again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.page import PageDefinition
from py_pinger.core.model.task import Expectations, Task
from py_pinger.engine.probing.retry import RetryingProber, max_duration, probe_with_retries
from py_pinger.engine.runtime.tasks import MonitoredTask

PAGE = Response(200, b"{}", timedelta(0))
REFUSAL = Response(404, b"", timedelta(0))
BUSY, LIMITED = Response(503, b"", timedelta(0)), Response(429, b"", timedelta(0))
LOST = NoResponse(ProbeFailure.RESET, "connection reset", timedelta(0))
LARGE = NoResponse(ProbeFailure.TOO_LARGE, "the answer is larger than 1 MiB", timedelta(0))


def after(value: str) -> Response:
    """Return a response that requests a wait."""
    return Response(503, b"", timedelta(0), {"retry-after": value})


@pytest.mark.parametrize(
    ("answers", "retries", "expected", "pauses"),
    [
        pytest.param([PAGE], 2, PAGE, [], id="an answer is not asked for again"),
        pytest.param([REFUSAL], 2, REFUSAL, [], id="nor is a bad one"),
        pytest.param([LOST, PAGE], 2, PAGE, [1], id="a lost packet is forgiven"),
        pytest.param([LOST, LOST, PAGE], 2, PAGE, [1, 3], id="so are two"),
        pytest.param([LOST, LOST, LARGE], 2, LARGE, [1, 3], id="the last answer counts"),
        pytest.param([LOST, LOST, LOST, LOST, LARGE], 4, LARGE, [1, 3, 3, 3], id="the last pause goes on"),
        pytest.param([LOST, REFUSAL], 2, REFUSAL, [1], id="what a page says ends the asking"),
        pytest.param([LOST], 0, LOST, [], id="no retries"),
        pytest.param([BUSY, PAGE], 2, PAGE, [1], id="an overloaded server"),
        pytest.param([BUSY, LOST, LIMITED], 2, LIMITED, [1, 3], id="the last status counts"),
        pytest.param([after("7"), after("2"), PAGE], 2, PAGE, [7, 3], id="it requests a wait"),
        pytest.param([after("11")], 2, after("11"), [], id="it requests a longer wait than a check has"),
        pytest.param([after("soon"), PAGE], 2, PAGE, [1], id="it requests nothing readable"),
    ],
)
async def test_retries(
    answers: list[ProbeResult], retries: int, expected: ProbeResult, pauses: list[float]
) -> None:
    """Only failures are retried, as often as the task allows, after longer pauses."""
    left, slept = list(answers), list[float]()

    async def fetch(_: Task) -> ProbeResult:
        return left.pop(0)

    async def sleep(pause: float) -> None:
        slept.append(pause)

    task = Task("http://a/", "http://a/", retries=retries)
    assert (await probe_with_retries(fetch, task, sleep), slept, left) == (expected, pauses, [])


@pytest.mark.parametrize(
    ("retries", "timeout", "seconds"), [(0, 10, 40), (2, 10, 140), (4, 0.5, 50)], ids=str
)
def test_longest(retries: int, timeout: float, seconds: float) -> None:
    """A check takes at most each try, logins and all, and the pauses between."""
    task = Task("http://a/", "http://a/", timeout=timedelta(seconds=timeout), retries=retries)
    assert max_duration(task) == seconds


async def test_pages_of_other_programs_are_probed_elsewhere() -> None:
    """A task with a page of another program goes to its prober, which has its own retries; others do not."""
    probed: list[tuple[str, str]] = []

    class Pages:
        def watch(self, members: Sequence[MonitoredTask]) -> None:
            probed.append(("watch", str(len(members))))

        async def probe(self, task: Task) -> ProbeResult:
            probed.append(("page", task.url))
            return LOST

    async def fetch(task: Task) -> ProbeResult:
        probed.append(("contract", task.url))
        return LOST if len(probed) < 2 else PAGE

    async def sleep(pause: float) -> None:
        probed.append(("sleep", f"{pause:.0f}"))

    prober = RetryingProber(fetch, Pages(), sleep)
    foreign = Task(
        "http://b/", "http://b/", expectations=Expectations(page=PageDefinition("p", lastrun="at"))
    )
    assert await prober.probe(Task("http://a/", "http://a/")) == PAGE
    assert await prober.probe(foreign) == LOST
    prober.watch([])
    assert probed == [
        ("contract", "http://a/"),
        ("sleep", "1"),
        ("contract", "http://a/"),
        ("page", "http://b/"),
        ("watch", "0"),
    ]
