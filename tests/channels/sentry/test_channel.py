"""Sentry's events."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.support.scripted_service import CLOSE, HANG, TRICKLE, Request, ScriptedService, answer

from py_pinger import __version__
from py_pinger.channels.sentry.channel import SentryChannel, SentrySettings
from py_pinger.core.model.notification import Message, SendFailed, Sent, Severity

KEY = "plantedkey"
QUICK = timedelta(seconds=1)


def channel(service: ScriptedService) -> SentryChannel:
    """Return the channel to a project of the fake service."""
    dsn = service.url.replace("//", f"//{KEY}@") + "/42"
    return SentryChannel("sentry", SentrySettings.model_validate({"url": dsn}), QUICK)


def envelope(request: Request) -> list[dict[str, Any]]:
    """Return an envelope's lines: its header, then the header and the payload of its one item."""
    return [orjson.loads(line) for line in request.body.splitlines()]


def test_what_is_handed_over(service: ScriptedService, alarm: Message) -> None:
    """An alarm is an error event with all tags, in the task's own issue, and nothing about this machine."""
    service.answers = [answer(200, {"id": "x"})]
    sentry = channel(service)
    outcome = sentry.send(alarm, None)
    sentry.close()
    [request] = service.requests
    header, item, event = envelope(request)
    assert (request.method, request.path) == ("POST", "/api/42/envelope/")
    assert request.headers["content-type"] == "application/x-sentry-envelope"
    assert request.headers["x-sentry-auth"] == (
        f"Sentry sentry_key={KEY}, sentry_version=7, sentry_client=py-pinger/{__version__}"
    )
    assert outcome == Sent(event["event_id"])
    assert header == {"event_id": event["event_id"]}
    length = len(request.body.splitlines()[2])
    assert item == {"type": "event", "content_type": "application/json", "length": length}
    assert event == {
        "event_id": event["event_id"],
        "platform": "python",
        "logger": "py_pinger",
        "level": "error",
        "logentry": {"message": "FAILED: Import on web-1 is late"},
        "fingerprint": ["py-pinger", "https://tasks.example/import?a=1&b=2"],
        "tags": {
            "process": "importer",
            "server": "web-1",
            "cause": "late",
            "url": "https://tasks.example/import?a=1&b=2",
            "name": "Import",
        },
        "extra": {"text": alarm.text},
    }


@pytest.mark.parametrize("tone", [Severity.RECOVERY, Severity.INFO])
def test_messages_about_no_task(tone: Severity, service: ScriptedService) -> None:
    """What is not about one task has an issue of its own, and only alarms are errors."""
    channel(service).send(Message(tone, "Hello World!"), None)
    event = envelope(service.requests[0])[2]
    assert (event["level"], event["fingerprint"], event["tags"]) == ("info", ["py-pinger", "self"], {})


def test_each_event_has_its_own_id(service: ScriptedService, alarm: Message) -> None:
    """Two messages are two events, with a key or without."""
    sentry = channel(service)
    keys = ("", "", "1" * 64, "2" * 64)
    receipts = {sentry.send(replace(alarm, key=key), None) for key in keys}
    assert len(receipts) == len(keys)


def test_a_message_sent_again_is_the_same_event(service: ScriptedService, alarm: Message) -> None:
    """A message that is sent again has the same id, in the form that Sentry requires."""
    keyed = replace(alarm, key="0123456789abcdef" * 4)
    again = [channel(service).send(keyed, None) for _ in range(2)]
    assert again == [Sent("0123456789ab4def8123456789abcdef")] * 2
    assert {envelope(request)[2]["event_id"] for request in service.requests} == {
        "0123456789ab4def8123456789abcdef"
    }


def test_long_values_are_cut(service: ScriptedService) -> None:
    """Title, text and tags keep to Sentry's limits."""
    long = Message(Severity.ALERT, "t" * 9_000, ("x" * 20_000,), process="p" * 300)
    channel(service).send(long, None)
    event = envelope(service.requests[0])[2]
    assert event["logentry"]["message"] == "t" * 8_191 + "…"
    assert (len(event["extra"]["text"]), event["tags"]["process"]) == (16_384, "p" * 199 + "…")


def test_hostile_text_stays_text(service: ScriptedService, hostile: Message) -> None:
    """A page's text cannot break out of the envelope's lines."""
    channel(service).send(Message(Severity.ALERT, 'a"}\n{"type":"attachment"}', hostile.lines), None)
    lines = envelope(service.requests[0])
    assert len(lines) == 3
    assert lines[2]["logentry"] == {"message": 'a"}\n{"type":"attachment"}'}


FAILURES = [
    (answer(500), SendFailed("Sentry answered HTTP 500 Internal Server Error")),
    (
        answer(401),
        SendFailed("Sentry answered HTTP 401 Unauthorized: check [sentry] in pinger.ini", permanent=True),
    ),
    (
        answer(403),
        SendFailed("Sentry answered HTTP 403 Forbidden: check [sentry] in pinger.ini", permanent=True),
    ),
    (
        answer(301, headers={"Location": "http://127.0.0.1:1/"}),
        SendFailed(
            "Sentry answered HTTP 301 Moved Permanently: check [sentry] in pinger.ini", permanent=True
        ),
    ),
    (
        answer(429, headers={"Retry-After": "12"}),
        SendFailed("Sentry answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=12)),
    ),
    *(
        (
            answer(429, headers={"X-Sentry-Rate-Limits": limits, "Retry-After": "12"}),
            SendFailed("Sentry answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=length)),
        )
        for limits, length in [
            ("60:error;transaction:organization, 2700:session:organization", 60),
            ("60:default:key, 90::organization", 90),
            ("90", 90),
            ("2700:session:organization", 12),
            ("soon:error:key", 12),
            (":, ,", 12),
        ]
    ),
    (HANG, SendFailed("Sentry: no response within 1 s")),
    (TRICKLE, SendFailed("Sentry: no response within 1 s")),
    (CLOSE, SendFailed("Sentry: the connection was closed before the response")),
    (b"garbage\r\n\r\n", SendFailed("Sentry: the response is not HTTP")),
]


@pytest.mark.parametrize(("reply", "outcome"), FAILURES)
def test_failures(
    reply: bytes,
    outcome: SendFailed,
    service: ScriptedService,
    alarm: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each failure is told in plain words after exactly one request, and never shows the DSN."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    sentry = channel(service)
    assert sentry.send(alarm, None) == outcome
    assert len(service.requests) == 1
    assert KEY not in repr((sentry, outcome)) + caplog.text
