"""Tokens of programs: what each opens, and what it does not."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable

import pytest
from flask import Flask

from py_pinger.config.values.api_tokens import ApiToken, TokenScope, token_hash
from py_pinger.core.model.check import Cause, Status, Verdict
from py_pinger.core.model.incident import CauseChange, Incident, TaskSnapshot, TaskState
from py_pinger.core.times import MIN_TIME
from py_pinger.web import Access
from py_pinger.web.security.login_throttle import PER_CLIENT
from py_pinger.web.security.token_check import TokenCheck

AppFor = Callable[..., Flask]

READ, WRITE = "pinger_read", "pinger_write"
TOKENS = (
    ApiToken("grafana", TokenScope.READ, token_hash(READ)),
    ApiToken("deploy", TokenScope.WRITE, token_hash(WRITE)),
    ApiToken("masked", TokenScope.WRITE, "***"),
)
INCIDENT = Incident(MIN_TIME, MIN_TIME, (CauseChange(MIN_TIME, Cause.LATE, "late"),))
TASK = TaskSnapshot("https://a/", None, TaskState(Verdict(Status.OK), incident=INCIDENT))
ACK = "/api/tasks/https%3A%2F%2Fa%2F/ack"
PASSWORD = f"Basic {b64encode(b'anna:hunter2').decode()}"
OPEN, LOCKED = Access(tokens=TOKENS), Access(password="hunter2", tokens=TOKENS)


def bearer(token: str) -> str:
    """Return the header's value for a token."""
    return f"Bearer {token}"


@pytest.mark.parametrize(
    ("access", "given", "reading", "writing"),
    [
        (OPEN, None, 200, 401),
        (OPEN, bearer(READ), 200, 403),
        (OPEN, bearer(WRITE), 200, 201),
        (OPEN, bearer("***"), 200, 401),
        (OPEN, bearer("wrong"), 200, 401),
        (OPEN, PASSWORD, 200, 401),
        (Access(), bearer(WRITE), 200, 401),
        (LOCKED, None, 401, 401),
        (LOCKED, bearer(READ), 200, 403),
        (LOCKED, bearer(WRITE), 200, 201),
        (LOCKED, bearer("wrong"), 401, 401),
        (LOCKED, PASSWORD, 200, 201),
        (Access(password="hunter2"), bearer(WRITE), 401, 401),
    ],
)
def test_what_a_token_opens(
    app_for: AppFor, access: Access, given: str | None, reading: int, writing: int
) -> None:
    """Reading needs any token where there is a password; changes always need one that may write, or it."""
    client = app_for(TASK, access=access).test_client()
    headers = {"Authorization": given} if given else {}
    codes = (client.get("/", headers=headers).status_code, client.post(ACK, headers=headers).status_code)
    assert codes == (reading, writing)


@pytest.mark.parametrize("header", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_no_page_changes_anything_with_the_password(app_for: AppFor, header: dict[str, str]) -> None:
    """A browser adds the password to requests of any page, so the API takes none of a page's with it."""
    client = app_for(TASK, access=LOCKED).test_client()
    answer = client.post(ACK, headers={"Authorization": PASSWORD, **header})
    assert answer.status_code == 403
    assert client.post(ACK, headers={"Authorization": bearer(WRITE), **header}).status_code == 201


def test_a_token_submits_no_form(app_for: AppFor) -> None:
    """A form needs its mark, also with a token that may write."""
    client = app_for(TASK, access=LOCKED).test_client()
    headers = {"Authorization": bearer(WRITE)}
    assert client.post("/act", data={"do": "ack"}, headers=headers).status_code == 403
    read = client.post("/silences", data={"lift": "1"}, headers={"Authorization": bearer(READ)})
    assert (read.status_code, (read.json or {})["error"]) == (
        403,
        "The token may only read; create one with `pinger token NAME --write`.",
    )


def test_wrong_tokens_are_slowed_down_and_not_shown(
    app_for: AppFor, caplog: pytest.LogCaptureFixture
) -> None:
    """Wrong tokens count as wrong passwords do; the log says where they came from."""
    caplog.set_level(logging.WARNING)
    client = app_for(TASK, access=OPEN).test_client()
    wrong = {"Authorization": bearer("planted")}
    codes = [client.post(ACK, headers=wrong).status_code for _ in range(PER_CLIENT.first + 1)]
    assert codes == [401] * PER_CLIENT.first + [429]
    right = client.post(ACK, headers={"Authorization": bearer(WRITE)})
    assert (right.status_code, right.headers["Retry-After"]) == (429, "1")
    assert "Wrong token for the web from 127.0.0.1" in caplog.text
    assert "planted" not in caplog.text


def test_the_right_token_is_found() -> None:
    """Each token is found by its text, whatever its place; a hash is not a token."""
    check = TokenCheck(TOKENS)
    assert [check.find(each) for each in (READ, WRITE)] == [TOKENS[0], TOKENS[1]]
    assert [check.find(each) for each in ("", "***", token_hash(WRITE), WRITE + " ")] == [None] * 4
