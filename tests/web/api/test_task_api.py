"""Checks and acknowledgements for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash
from py_pinger.core.model.acknowledgement import Acknowledgement
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences
from py_pinger.core.times import MAX_TIME
from py_pinger.web import Access

AppFor = Callable[..., Flask]

INCIDENT = Incident(NOW, NOW, (CauseChange(NOW, Cause.FAILED, "disk full"),))
FAILING = TaskSnapshot(
    "https://my-backend.com/a%2Fb?c=d", "Nightly import", TaskState(Verdict(Status.ERROR), incident=INCIDENT)
)
OK = TaskSnapshot("https://my-backend.com/ok", "Twice", TaskState(Verdict(Status.OK)))
TWICE = TaskSnapshot("https://my-backend.com/twice", "twice", TaskState(Verdict(Status.OK)))
SECRET = "pinger_secret"
TOKENS = (ApiToken("deploy", TokenScope.WRITE, token_hash(SECRET)),)
HEADERS = {"Authorization": f"Bearer {SECRET}"}
WHO = "token deploy, 127.0.0.1"


@pytest.fixture
def client(app_for: AppFor) -> FlaskClient:
    """Return a client of an app with three tasks and a token."""
    return app_for(FAILING, OK, TWICE, access=Access(tokens=TOKENS)).test_client()


def path(task: str, action: str) -> str:
    """Return the path of an action on a task."""
    return f"/api/tasks/{quote(task, safe='')}/{action}"


@pytest.mark.parametrize("task", [FAILING.url, "Nightly import", "nightly IMPORT"])
def test_a_task_is_acknowledged(
    client: FlaskClient, data: FakeDataSource, caplog: pytest.LogCaptureFixture, task: str
) -> None:
    """A task is found by its URL or its name; who and why are stored, returned and logged."""
    caplog.set_level(logging.INFO)
    answer = client.post(path(task, "ack"), json={"why": "on it"}, headers=HEADERS)
    assert answer.status_code == 201
    assert answer.json == {
        "data": {
            "url": FAILING.url,
            "incident_since": "2026-11-22T10:07:12Z",
            "at": "2026-11-22T10:07:12Z",
            "why": "on it",
            "who": WHO,
        }
    }
    assert data.calls[-1] == ("acknowledge", FAILING.url, "on it", WHO)
    assert f"The incident of {FAILING.url} acknowledged by {WHO}" in caplog.text


def test_one_incident_is_acknowledged(client: FlaskClient) -> None:
    """An incident can be named by when it opened, as the row of the task has it, in any offset."""
    body = {"incident_since": "2026-11-22T11:07:12+01:00"}
    assert client.post(path(FAILING.url, "ack"), json=body, headers=HEADERS).status_code == 201


def test_an_acknowledgement_is_withdrawn(client: FlaskClient, data: FakeDataSource) -> None:
    """What is acknowledged can be withdrawn, once."""
    by_anna = {FAILING.url: Acknowledgement(FAILING.url, NOW, NOW, "", "anna")}
    data.silences = ActiveSilences(NOW, MAX_TIME, acknowledgements=by_anna)
    answer = client.delete(path(FAILING.url, "ack"), headers=HEADERS)
    assert (answer.status_code, answer.data, data.calls[-1]) == (204, b"", ("withdraw", FAILING.url))
    data.silences = ActiveSilences(NOW, MAX_TIME)
    again = client.delete(path(FAILING.url, "ack"), headers=HEADERS)
    assert (again.status_code, again.json) == (
        409,
        {"error": "The open incident of the task is not acknowledged."},
    )


def test_a_task_is_checked(client: FlaskClient, data: FakeDataSource) -> None:
    """A check is requested; so soon after another one the time to wait is said."""
    answer = client.post(path(OK.url, "check"), headers=HEADERS)
    assert (answer.status_code, answer.json) == (202, {"data": {"url": OK.url}})
    assert data.calls[-1] == ("check", OK.url)
    data.check_wait = 3.2
    again = client.post(path(OK.url, "check"), headers=HEADERS)
    assert (again.status_code, again.headers["Retry-After"]) == (429, "4")
    assert (again.json or {})["error"].endswith("try again in 4 s.")


@pytest.mark.parametrize(
    ("address", "body", "code", "words"),
    [
        (path(OK.url, "ack"), b"", 409, "The task has no open incident, so there is nothing to acknowledge."),
        (path("https://elsewhere/", "ack"), b"", 404, "There is no such task; use its URL"),
        (path("twice", "check"), b"", 404, "There is no such task"),
        (path(FAILING.url, "ack"), b'{"why": 7}', 400, "why: the value is not a text."),
        (path(FAILING.url, "ack"), b'{"reason": ""}', 400, "Unknown key 'reason'; use why, incident_since."),
        (path(FAILING.url, "ack"), b'{"incident_since": "2026"}', 400, "incident_since: the value is not a"),
        (
            path(FAILING.url, "ack"),
            b'{"incident_since": "2026-11-22T10:07:11Z"}',
            409,
            "The incident since 2026-11-22 10:07:11 UTC has ended; ",
        ),
        (path(OK.url, "check"), b'{"now": true}', 400, "Unknown key 'now'; this request has none."),
    ],
)
def test_what_cannot_be_done(client: FlaskClient, address: str, body: bytes, code: int, words: str) -> None:
    """What is wrong is said in one sentence in JSON, also to who would rather have a page."""
    answer = client.post(address, data=body, headers={**HEADERS, "Accept": "application/json"})
    assert answer.status_code == code
    assert (answer.json or {})["error"].startswith(words)
