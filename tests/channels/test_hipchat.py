"""HipChat's room notifications."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.scripted_service import CLOSE, HANG, TRICKLE, ScriptedService, answer

from py_pinger.channels.hipchat import LONGEST_TEXT, HipChatChannel, HipChatSettings
from py_pinger.core.model.notification import Message, SendFailed, Sent, Severity

AUTH = "planted-secret"
QUICK = timedelta(seconds=1)


def channel(service: ScriptedService, **settings: str) -> HipChatChannel:
    """Return the channel to a room of the fake service."""
    given = {"room": "Ops", "auth": AUTH, "url": f"{service.url}/", **settings}
    return HipChatChannel("hipchat", HipChatSettings.model_validate(given), QUICK)


@pytest.mark.parametrize(
    ("tone", "color", "notify"),
    [(Severity.ALERT, "red", True), (Severity.RECOVERY, "green", False), (Severity.INFO, "gray", False)],
)
def test_what_is_posted(tone: Severity, color: str, notify: bool, service: ScriptedService) -> None:  # noqa: FBT001 - a column of the table
    """Red with a sound on failure, green on recovery, the emoji before the text."""
    service.answers = [answer(204)]
    hipchat = channel(service, room="Ops / Süd", emoji="(yey)")
    assert hipchat.send(Message(tone, "Title", ("more",)), None) == Sent()
    hipchat.close()
    [request] = service.requests
    assert (request.method, request.path) == ("POST", "/v2/room/Ops%20%2F%20S%C3%BCd/notification")
    assert request.headers["authorization"] == f"Bearer {AUTH}"
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "message": "(yey) Title\nmore",
        "message_format": "text",
        "color": color,
        "notify": notify,
    }


def test_pages_cannot_call_people(service: ScriptedService, hostile: Message) -> None:
    """No mention in a page's text calls anybody, and its markup stays text."""
    channel(service).send(hostile, None)
    assert service.requests[0].json["message"] == (
        "FAILED: <!channel> @\u2060here is late\n"
        "Reason: <https://evil.example|your bank> @\u2060all *bold* & mail ops@example.com"
    )


def test_long_messages_are_cut(service: ScriptedService) -> None:
    """A message keeps to HipChat's 10,000 characters."""
    channel(service).send(Message(Severity.ALERT, "x" * 20_000), None)
    assert service.requests[0].json["message"] == "x" * (LONGEST_TEXT - 1) + "…"


FAILURES = [
    (answer(500), SendFailed("HipChat answered HTTP 500 Internal Server Error")),
    (
        answer(401),
        SendFailed("HipChat answered HTTP 401 Unauthorized: check [hipchat] in pinger.ini", permanent=True),
    ),
    (
        answer(403),
        SendFailed("HipChat answered HTTP 403 Forbidden: check [hipchat] in pinger.ini", permanent=True),
    ),
    (
        answer(404),
        SendFailed("HipChat answered HTTP 404 Not Found: check [hipchat] in pinger.ini", permanent=True),
    ),
    (
        answer(307, headers={"Location": "http://127.0.0.1:1/"}),
        SendFailed(
            "HipChat answered HTTP 307 Temporary Redirect: check [hipchat] in pinger.ini", permanent=True
        ),
    ),
    (
        answer(429, headers={"Retry-After": "9", "X-RateLimit-Reset": "4102444800"}),
        SendFailed("HipChat answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=9)),
    ),
    (
        answer(429, headers={"X-RateLimit-Reset": "4102444800"}),
        SendFailed("HipChat answered HTTP 429 Too Many Requests", retry_after=timedelta(hours=24)),
    ),
    (
        answer(429, headers={"X-RateLimit-Reset": "1"}),
        SendFailed("HipChat answered HTTP 429 Too Many Requests"),
    ),
    (
        answer(429, headers={"X-RateLimit-Reset": "99999999999999"}),
        SendFailed("HipChat answered HTTP 429 Too Many Requests"),
    ),
    (HANG, SendFailed("HipChat: no response within 1 s")),
    (TRICKLE, SendFailed("HipChat: no response within 1 s")),
    (CLOSE, SendFailed("HipChat: the connection was closed before the response")),
    (b"garbage\r\n\r\n", SendFailed("HipChat: the response is not HTTP")),
]


@pytest.mark.parametrize(("reply", "outcome"), FAILURES)
def test_failures(
    reply: bytes,
    outcome: SendFailed,
    service: ScriptedService,
    alarm: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each failure is told in plain words after exactly one request, and never shows the token."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    hipchat = channel(service)
    assert hipchat.send(alarm, None) == outcome
    assert len(service.requests) == 1
    assert AUTH not in repr((hipchat, outcome)) + caplog.text


def test_reset_of_the_rate_limit(service: ScriptedService, alarm: Message) -> None:
    """The moment at which HipChat counts anew is waited for."""
    ahead = int(datetime.now(UTC).timestamp()) + 3_600
    service.answers = [answer(429, headers={"X-RateLimit-Reset": str(ahead)})]
    outcome = channel(service).send(alarm, None)
    assert isinstance(outcome, SendFailed)
    assert outcome.retry_after is not None
    assert timedelta(minutes=55) < outcome.retry_after <= timedelta(hours=1)
