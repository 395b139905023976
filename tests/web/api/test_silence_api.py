"""Silences for programs: created, listed and ended with a token."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.core.suppression.silence import ActiveSilences, Silence
from py_pinger.core.times import MAX_TIME
from py_pinger.web import Access

AppFor = Callable[..., Flask]

URLS = [f"https://my-backend.com/{number}" for number in range(3)]
TASKS = [TaskSnapshot(url, None, TaskState(Verdict(Status.OK, server="web-1"))) for url in URLS]
SECRET = "pinger_secret"
TOKENS = (ApiToken("deploy", TokenScope.WRITE, token_hash(SECRET)),)
HEADERS = {"Authorization": f"Bearer {SECRET}"}
MINUTE = timedelta(minutes=1)
SILENCE = Silence(3, "web-*", NOW - MINUTE, NOW + MINUTE, "deploy", "anna")


@pytest.fixture
def client(app_for: AppFor) -> FlaskClient:
    """Return a client of an app with three tasks and a token."""
    return app_for(*TASKS, access=Access(tokens=TOKENS)).test_client()


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        ({"duration": "10m"}, NOW + 10 * MINUTE),
        ({"duration": "1d 2h"}, NOW + 26 * 60 * MINUTE),
        (
            {"ends": "2026-11-22T12:00:00+01:00", "why": None},
            NOW.replace(hour=11, minute=0, second=0, microsecond=0),
        ),
    ],
)
def test_a_silence_is_created(
    client: FlaskClient, data: FakeDataSource, body: dict[str, Any], ends: datetime
) -> None:
    """It is stored in the name of the token, and returned with its address and the matching tasks."""
    answer = client.post(
        "/api/silences", json={"pattern": "web-?", "why": "new\ndisk", **body}, headers=HEADERS
    )
    assert (answer.status_code, answer.headers["Location"]) == (201, "/api/silences/1")
    created = answer.json or {}
    assert (created["tasks"], created["total"]) == (URLS, 3)
    assert created["data"]["who"] == "token deploy, 127.0.0.1"
    why = "" if "why" in body else "new disk"
    assert data.calls[0] == ("web-?", ends, why, "token deploy, 127.0.0.1")


def test_secrets_are_masked(
    client: FlaskClient, data: FakeDataSource, caplog: pytest.LogCaptureFixture
) -> None:
    """A pattern with a secret is stored and logged as the task is shown."""
    caplog.set_level(logging.INFO)
    client.post("/api/silences", json={"pattern": "https://u:planted@b/", "duration": "1h"}, headers=HEADERS)
    assert data.calls[0][0] == "https://***@b/"  # type: ignore[index]  # the noted call
    assert "planted" not in caplog.text
    assert "Silence 1 (https://***@b/) until " in caplog.text
    assert "created by token deploy, 127.0.0.1" in caplog.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "The body is not JSON: "),
        (b"[]", "The body is not a JSON object."),
        (b"", 'Specify either "duration", such as "90m", or "ends", a time in ISO 8601.'),
        (b'{"patern": "*"}', "Unknown key 'patern'; use pattern, duration, ends, why."),
        (b'{"pattern": 7, "duration": "1h"}', "pattern: the value is not a text."),
        (b'{"duration": "1h"}', "pattern: needs 1 to 2000 characters; use * for all tasks."),
        (
            b'{"pattern": "*", "duration": "soon"}',
            "duration: the value is not a duration; use for",
        ),
        (b'{"pattern": "*", "duration": "99999999999d"}', "duration: the value is"),
        (b'{"pattern": "*", "duration": "367d"}', "The end has to be within the next 366 days."),
        (b'{"pattern": "*", "ends": "2020-01-01T00:00Z"}', "The end has to be within the next 366 days."),
        (b'{"pattern": "*", "ends": "2026-11-22T12:00"}', "ends: the value is not a time with an offset"),
        (b'{"pattern": "*", "ends": "soon"}', "ends: the value is not a time with an offset"),
        (b'{"pattern": "*", "ends": "2026-11-22T12:00Z", "duration": "1h"}', "Specify either"),
    ],
)
def test_what_cannot_be_created(client: FlaskClient, data: FakeDataSource, body: bytes, words: str) -> None:
    """What is wrong is said in one sentence in JSON, and nothing is stored."""
    answer = client.post("/api/silences", data=body, headers=HEADERS)
    assert answer.status_code == 400
    assert words in (answer.json or {})["error"]
    assert data.calls == ["tasks"] * len(data.calls)


def test_silences_are_listed_and_ended(client: FlaskClient, data: FakeDataSource) -> None:
    """A silence in force is shown by its number, and ended; another one is not found."""
    data.silences = ActiveSilences(NOW, MAX_TIME, (SILENCE,))
    shown = {
        "id": 3,
        "pattern": "web-*",
        "began": "2026-11-22T10:06:12Z",
        "ends": "2026-11-22T10:08:12Z",
        "why": "deploy",
        "who": "anna",
    }
    assert client.get("/api/silences").json == {"data": [shown]}
    assert client.get("/api/silences/3").json == {"data": shown}
    missing = client.delete("/api/silences/4", headers=HEADERS)
    assert (missing.status_code, missing.json) == (404, {"error": "There is no active silence 4."})
    answer = client.delete("/api/silences/3", headers=HEADERS)
    assert (answer.status_code, answer.data, data.calls[-1]) == (204, b"", 3)


def test_a_silence_that_cannot_be_stored(client: FlaskClient, data: FakeDataSource) -> None:
    """Why the database does not take it is said."""
    data.failure = "the disk is full; make room"
    answer = client.post("/api/silences", json={"pattern": "*", "duration": "1h"}, headers=HEADERS)
    assert answer.status_code == 503
    assert answer.json == {"error": "The change could not be stored: the disk is full; make room."}
