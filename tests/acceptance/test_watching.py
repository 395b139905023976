"""Who watches the watcher: the heartbeat, the watchdog and /healthz each say no more than is true."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack, refusal
from tests.support.planted_secrets import HEARTBEAT_PATH, leaks
from tests.support.program import Answer, Pinger
from tests.support.task_pages import report
from tests.support.task_server import Server, after, redirects, says

BEAT = f"/{HEARTBEAT_PATH}"

# The problem of the database; the name of a lock differs from one to the other.
LOCKED = "cannot write to the database: the database "


@pytest.fixture
def service() -> Iterator[Server]:
    """Be a service that takes heartbeats, and raises the alarm when there are none."""
    with Server(says(b"OK")) as server:
        yield server


def test_the_heartbeat_waits_for_the_first_check(tmp_path: Path, tasks: Server, service: Server) -> None:
    """Being up is not enough for a beat: it comes once a check has completed, and then once a minute."""
    gate = Event()
    tasks.behaviours["/task"] = after(gate, says(report()))
    write_ini(tmp_path, watching(tasks.url("/task"), heartbeat=service.url(BEAT)))
    with Pinger(tmp_path) as pinger:
        eventually(lambda: tasks.requests, "the first check to begin")
        assert pinger.get("/healthz").status == 200
        assert service.requests == []
        gate.set()
        eventually(lambda: service.requests, "the first beat")
        pinger.checked(3)
    (beat,) = service.requests
    assert (beat.method, beat.target, beat.body) == ("GET", BEAT, b"")


def test_the_heartbeat_goes_on_in_other_trouble(
    tmp_path: Path, tasks: Server, slack: Slack, service: Server
) -> None:
    """Neither a Slack that refuses nor a locked database silences the heartbeat; /healthz says why."""
    gate = Event()
    tasks.behaviours["/task"] = after(gate, says(report()))
    slack.otherwise = refusal("invalid_auth")
    write_ini(tmp_path, watching(tasks.url("/task"), heartbeat=service.url(BEAT)), slack.block)
    with Pinger(tmp_path) as pinger:
        eventually(lambda: slack.requests, "the greeting that Slack refuses")
        with closing(sqlite3.connect(tmp_path / "pinger.db", isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            gate.set()
            eventually(lambda: service.requests, "the beat")
            eventually(lambda: _told(pinger.get("/healthz")), "the trouble to be told")
            assert _told(pinger.get("/health"))
            assert LOCKED in pinger.get("/health", accept="text/html").body.decode()
        eventually(lambda: pinger.get("/healthz").status == 200, "health")


def test_a_heartbeat_that_fails(tmp_path: Path, tasks: Server, service: Server) -> None:
    """A redirected heartbeat is not followed; the failure is logged, without its secret."""
    elsewhere = service.url("/elsewhere")
    service.behaviours[BEAT] = redirects(elsewhere)
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task"), heartbeat=service.url(BEAT)))
    with Pinger(tmp_path) as pinger:
        sentence = (
            f"Cannot send the heartbeat to {service.origin}/***, will retry: it redirects to another URL"
        )
        eventually(lambda: sentence in pinger.output, "word of it in the log")
        pinger.checked(3)
        assert pinger.get("/healthz").status == 200
        assert leaks(pinger.output) == []
    assert [request.target for request in service.requests] == [BEAT]


def _told(answer: Answer) -> bool:
    return answer.status == 503 and LOCKED in answer.body.decode()
