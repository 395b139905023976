"""What is pushed to a central server, which failures are tried again, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from tests.support.pinger_command import pinger, write
from tests.support.scripted_service import CLOSE, ScriptedService, answer

from py_pinger.cli.check_once import CheckResult
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.push.relay_slugs import relay_slug
from py_pinger.cli.push.report_pusher import LONGEST_PAUSE, PAUSES, CentralServer, ReportPusher
from py_pinger.core.model.check import Cause, ItemList, NotListed, PageReport, Status, TaskReport, Verdict
from py_pinger.core.model.task import Task

KEY: Final = "0123456789-abcdefghij"
URL = "https://my-backend.com/task1"
REPORT = TaskReport(
    healthy=True, lastrun=datetime(2026, 11, 22, 10, tzinfo=UTC), frequency=timedelta(minutes=10)
)
SENT = {"status": "ok", "lastrun": "2026-11-22T10:00:00+00:00", "frequency": 10.0}


@pytest.fixture
def central() -> Iterator[ScriptedService]:
    """Accept reports on loopback."""
    with ScriptedService() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def result(
    report: PageReport | None = REPORT, verdict: Verdict | None = None, name: str = "Job"
) -> CheckResult:
    """Return the result of a check."""
    return CheckResult(Task(URL, URL, name), verdict or Verdict(Status.OK), "", timedelta(), report=report)


async def push(central: ScriptedService, *results: CheckResult) -> tuple[list[str], list[float]]:
    """Push results; return why some could not be, and the pauses between tries."""
    pauses: list[float] = []
    pusher = ReportPusher(CentralServer(central.url, KEY), pauses.append)
    return [*await pusher.push(results)], pauses


async def test_a_report(central: ScriptedService) -> None:
    """The report is posted to the slug of the task's name, with the key in a header."""
    assert await push(central, result(name="Nightly import")) == ([], [])
    (request,) = central.requests
    assert (request.method, request.path) == ("POST", "/report/nightly-import")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == SENT


async def test_an_unreadable_page(central: ScriptedService) -> None:
    """A page that cannot be read is an error, with why."""
    refused = Verdict(Status.ERROR, Cause.UNREACHABLE, "connection refused")
    assert await push(central, result(None, refused)) == ([], [])
    assert central.requests[0].json["reason"] == "unreachable: connection refused"


@pytest.mark.parametrize("report", [ItemList(("a",)), NotListed()])
async def test_lists_are_not_pushed(central: ScriptedService, report: PageReport) -> None:
    """A page that lists items is not a task of the central server; its items are."""
    assert await push(central, result(report)) == ([], [])
    assert central.requests == []


async def test_own_problems_are_not_pushed(central: ScriptedService) -> None:
    """A check that failed for a reason of this machine says nothing about the task."""
    own = Verdict(Status.UNKNOWN, reason="too many open files")
    assert await push(central, result(None, own)) == ([f"Cannot check {URL}: too many open files."], [])
    assert central.requests == []


@pytest.mark.parametrize(
    ("first", "pauses"),
    [
        (answer(503), [PAUSES[0]]),
        (answer(500), [PAUSES[0]]),
        (answer(429, headers={"Retry-After": "6"}), [6.0]),
        (answer(429, headers={"Retry-After": "3600"}), [LONGEST_PAUSE]),
        (answer(429, headers={"Retry-After": "soon"}), [PAUSES[0]]),
        (CLOSE, [PAUSES[0]]),
    ],
)
async def test_what_may_pass_is_tried_again(
    central: ScriptedService, first: bytes, pauses: list[float]
) -> None:
    """After a failure that may pass, the report is sent again; the server says when."""
    central.answers = [first, answer(200)]
    assert await push(central, result()) == ([], pauses)
    assert [request.json for request in central.requests] == [SENT, SENT]


@pytest.mark.parametrize(
    ("reply", "tries", "text"),
    [
        (
            answer(404, b"not found"),
            1,
            (
                "URL rejects the key, or has no task for this report: add a [task NAME] section with push=job"
                " there."
            ),
        ),
        (
            answer(400, b"lastrun 'x' is not a time"),
            1,
            "URL rejects the report of job: lastrun 'x' is not a time.",
        ),
        (answer(503), 3, "URL responded to the report of job with HTTP 503 Service Unavailable."),
        (answer(301), 1, "URL responded to the report of job with HTTP 301 Moved Permanently."),
        (CLOSE, 3, "Cannot connect to URL: the response is not HTTP."),
    ],
)
async def test_failures(central: ScriptedService, reply: bytes, tries: int, text: str) -> None:
    """A failure is one sentence without the key, however often it was tried."""
    central.answers = [reply]
    failures, _ = await push(central, result())
    assert failures == [text.replace("URL", central.url)]
    assert len(central.requests) == tries


async def test_a_reason_is_said_once(central: ScriptedService) -> None:
    """Several reports that fail for the same reason are one sentence."""
    central.answers = [CLOSE]
    failures, _ = await push(central, *(result(name=f"Job {number}") for number in range(3)))
    assert len(failures) == 1


@pytest.mark.parametrize(
    ("task", "slug"),
    [
        (Task(URL, URL, "Nightly import"), "nightly-import"),
        (Task(URL, URL), "my-backend-com-task1"),
        (Task(f"{URL}#photos", URL), "my-backend-com-task1-photos"),
    ],
)
def test_slugs(task: Task, slug: str) -> None:
    """The slug is that of the name, as of `pinger exec`, else that of the URL."""
    assert relay_slug(task) == slug


async def test_a_slug_is_that_of_one_task(central: ScriptedService) -> None:
    """Of items with the same name on several pages none is pushed, and a sentence says so."""
    failures, _ = await push(central, result(), result(name="Other"), result(name="job"))
    assert failures == ["Several tasks would be pushed as job; give each another name."]
    assert [request.path for request in central.requests] == ["/report/other"]


def test_repeated_names_are_a_usage_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is checked if two tasks of the settings have the same slug."""
    monkeypatch.setenv("PINGER_PUSH_KEY", KEY)
    write(folder / "pinger.ini", "", f"[task Job]\nurl={URL}", f"[task job]\nurl={URL}/2")
    done = pinger("check", "--push", "https://p.example")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "Several tasks would be pushed as job; give each another name.\n"


@pytest.mark.parametrize(
    ("url", "key", "text"),
    [
        ("p.example", KEY, "--push: p.example does not begin with http"),
        (f"https://p.example/ping/{KEY}", KEY, "--push contains a secret"),
        ("https://me:secret@p.example", KEY, "--push contains a secret"),
        ("https://p.example", "", "A key is needed; set PINGER_PUSH_KEY to the key in"),
    ],
)
def test_the_server(url: str, key: str, text: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is wrong or has a secret, and a missing key, are usage errors without the secret."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UsageProblem) as raised:
        CentralServer.at(url, {"PINGER_PUSH_KEY": key})
    assert raised.value.message.startswith(text)
    assert KEY not in raised.value.message
    assert "me:secret" not in raised.value.message


def test_a_repr_has_no_key() -> None:
    """The key is not in the repr of the server."""
    assert KEY not in repr(CentralServer.at("https://p.example", {"PINGER_PUSH_KEY": KEY}))
