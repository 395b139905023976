"""Slack, with a token and through an incoming webhook."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.scripted_service import CLOSE, HANG, RESET, TRICKLE, ScriptedService, answer

from py_pinger.channels.http import MAX_BODY
from py_pinger.channels.safe_channel import SafeChannel
from py_pinger.channels.slack.channel import PERMANENT, SlackChannel, SlackWebhookChannel
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.core.model.notification import Link, Message, SendFailed, SendResult, Sent, Severity
from py_pinger.core.notification.route import Route

TOKEN = "xoxb-planted-secret"
HOOK = "/services/T0/B0/plantedsecret"
QUICK = timedelta(seconds=1)


def by_token(service: ScriptedService, **settings: str) -> SafeChannel:
    """Return the channel that posts with a token."""
    given = {"channel": "application-status", "url": f"{service.url}/api/chat.postMessage", **settings}
    channel = SlackChannel("slack", SlackSettings.model_validate(given), TOKEN, QUICK)
    return SafeChannel(channel, Route("slack"))


def by_webhook(service: ScriptedService) -> SafeChannel:
    """Return the channel that posts to a webhook."""
    settings = SlackSettings.model_validate({"url": service.url + HOOK, "emoji": "https://img.example/a.png"})
    return SafeChannel(SlackWebhookChannel("slack", settings, QUICK), Route("slack"))


def secrets_in(outcome: SendResult, channel: SafeChannel, records: list[logging.LogRecord]) -> list[str]:
    """Return the planted secrets that show anywhere."""
    shown = " ".join((repr(outcome), repr(channel), *(record.getMessage() for record in records)))
    return [secret for secret in (TOKEN, "plantedsecret") if secret in shown]


def test_what_is_posted_with_a_token(service: ScriptedService, alarm: Message) -> None:
    """The title is the text, the lines stand beside a red bar, and the receipt is Slack's timestamp."""
    service.answers = [answer(200, {"ok": True, "channel": "C1", "ts": "1700000000.000100"})]
    channel = by_token(service, user="My Task Checker Bot", emoji=":robot:")
    outcome = channel.send(alarm, None)
    channel.close()
    assert outcome == Sent("1700000000.000100")
    [request] = service.requests
    assert (request.method, request.path) == ("POST", "/api/chat.postMessage")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json;charset=utf-8"
    assert request.json == {
        "channel": "application-status",
        "username": "My Task Checker Bot",
        "icon_emoji": ":robot:",
        "text": "FAILED: Import on web-1 is late",
        "attachments": [
            {
                "color": "#d92d20",
                "fallback": "FAILED: Import on web-1 is late",
                "text": "Reason: last ran 2 h 14 min ago, should run every 10 min\n"
                "https://tasks.example/import?a=1&amp;b=2",
                "mrkdwn_in": [],
            }
        ],
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_links_are_buttons(service: ScriptedService, alarm: Message) -> None:
    """Each link is a button below the bar, which a message without lines gets too; the log stays text."""
    link = Link("Details", "https://pinger.example/task/https%3A%2F%2Fa")
    channel = by_token(service)
    channel.send(replace(alarm, links=(link,), log=("Log:", "no space")), None)
    channel.send(Message(Severity.INFO, "Hello!", links=(link,)), None)
    bars = [request.json["attachments"][0] for request in service.requests]
    button = {"type": "button", "text": "Details", "url": link.url}
    assert [bar["actions"] for bar in bars] == [[button], [button]]
    assert bars[0]["text"].endswith("b=2\nLog:\nno space")
    assert bars[1]["text"] == ""


def test_what_is_posted_to_a_webhook(service: ScriptedService) -> None:
    """A webhook is posted to as it stands, without a token, and gives no receipt."""
    service.answers = [answer(200, b"ok")]
    channel = by_webhook(service)
    outcome = channel.send(Message(Severity.INFO, "Hello World!"), "1700000000.000100")
    channel.close()
    assert outcome == Sent()
    [request] = service.requests
    assert (request.method, request.path, "authorization" in request.headers) == ("POST", HOOK, False)
    assert request.json == {
        "icon_url": "https://img.example/a.png",
        "text": "Hello World!",
        "attachments": [],
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_reply_shows_in_thread_and_channel(service: ScriptedService, alarm: Message) -> None:
    """A recovery answers in the thread of its alert, and the channel sees it too."""
    service.answers = [answer(200, {"ok": True, "ts": "2"})]
    assert by_token(service).send(alarm, "1") == Sent("2")
    assert [(r.json["thread_ts"], r.json["reply_broadcast"]) for r in service.requests] == [("1", True)]


@pytest.mark.parametrize("answered", [{"ok": True}, {"ok": True, "ts": {"no": "text"}}])
def test_no_receipt(answered: object, service: ScriptedService, alarm: Message) -> None:
    """A message that Slack took without a proper timestamp is sent all the same."""
    service.answers = [answer(200, answered)]
    assert by_token(service).send(alarm, None) == Sent()


@pytest.mark.parametrize("error", ["thread_not_found", "cannot_reply_to_message"])
def test_a_lost_thread_loses_no_message(error: str, service: ScriptedService, alarm: Message) -> None:
    """If the alert can no longer be answered, the message is posted by itself."""
    service.answers = [answer(200, {"ok": False, "error": error}), answer(200, {"ok": True, "ts": "2"})]
    assert by_token(service).send(alarm, "1") == Sent("2")
    assert [request.json.get("thread_ts") for request in service.requests] == ["1", None]


@pytest.mark.parametrize(
    ("emoji", "shown"),
    [
        (":robot:", ("icon_emoji", ":robot:")),
        ("https://img.example/a.png", ("icon_url", "https://img.example/a.png")),
        ("robot", None),
    ],
)
def test_emoji(emoji: str, shown: tuple[str, str] | None, service: ScriptedService, alarm: Message) -> None:
    """An emoji's name and an image's address are shown as the sender's picture; anything else is not."""
    service.answers = [answer(200, {"ok": True, "ts": "1"})]
    by_token(service, emoji=emoji).send(alarm, None)
    icons = [item for item in service.requests[0].json.items() if item[0].startswith("icon")]
    assert icons == ([shown] if shown else [])


def test_pages_cannot_call_people(service: ScriptedService, hostile: Message) -> None:
    """Neither mentions nor links in a page's text are acted upon."""
    service.answers = [answer(200, {"ok": True, "ts": "1"})]
    by_token(service).send(hostile, None)
    body = service.requests[0].json
    assert body["text"] == "FAILED: &lt;!channel&gt; @\u2060here is late"
    assert body["attachments"][0]["text"] == (
        "Reason: &lt;https://evil.example|your bank&gt; @\u2060all *bold* &amp; mail ops@example.com"
    )


@pytest.mark.parametrize(
    ("text", "posted"),
    [
        ("<!channel> <!here|x> <!everyone>", "&lt;!channel&gt; &lt;!here|x&gt; &lt;!everyone&gt;"),
        ("<@U1> <#C1|ops> <!subteam^S1>", "&lt;@\u2060U1&gt; &lt;#C1|ops&gt; &lt;!subteam^S1&gt;"),
        ("<https://evil.example|your bank>", "&lt;https://evil.example|your bank&gt;"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("`code` ```block``` *bold* ~no~ > quote", "`code` ```block``` *bold* ~no~ &gt; quote"),
        ("@channel", "@\u2060channel"),
    ],
)
def test_markup_stays_text(text: str, posted: str, service: ScriptedService) -> None:
    """Whatever Slack would act upon goes out escaped, in title and details, its formatting switched off."""
    service.answers = [answer(200, {"ok": True, "ts": "1"})]
    by_token(service).send(Message(Severity.ALERT, text, (text,)), None)
    body = service.requests[0].json
    (bar,) = body["attachments"]
    assert (body["text"], bar["text"], bar["fallback"]) == (posted, posted, posted)
    assert (body["mrkdwn"], bar["mrkdwn_in"], body["link_names"]) == (False, [], False)


def test_long_messages_are_cut(service: ScriptedService) -> None:
    """A message stays below Slack's 40,000 characters even if each has to be escaped."""
    service.answers = [answer(200, {"ok": True, "ts": "1"})]
    by_token(service).send(Message(Severity.ALERT, "<" * 9_000, ("&" * 90_000,)), None)
    body = service.requests[0].json
    assert body["text"] == "&lt;" * 3_999 + "…"
    assert body["attachments"][0]["text"] == "&amp;" * 6_999 + "…"


def test_failures_name_the_section(service: ScriptedService, alarm: Message) -> None:
    """Of several sections for Slack, the one to look at is named."""
    settings = SlackSettings.model_validate({"channel": "ops", "url": f"{service.url}/api/chat.postMessage"})
    channel = SlackChannel("slack ops", settings, TOKEN, QUICK)
    service.answers = [answer(200, {"ok": False, "error": "invalid_auth"}), answer(404)]
    assert [channel.send(alarm, None) for _ in range(2)] == [
        SendFailed("Slack answered invalid_auth: check the token in [slack ops]", permanent=True),
        SendFailed("Slack answered HTTP 404 Not Found: check [slack ops] in pinger.ini", permanent=True),
    ]
    channel.close()


TOKEN_FAILURES = [
    *(
        ({"ok": False, "error": error}, SendFailed(f"Slack answered {error}: {remedy}", permanent=True))
        for error, remedy in ((error, words.format(section="slack")) for error, words in PERMANENT.items())
    ),
    ({"ok": False, "error": "internal_error"}, SendFailed("Slack answered internal_error")),
    ({"ok": False, "error": "brand_new_error"}, SendFailed("Slack answered brand_new_error", permanent=True)),
    ({"ok": False, "error": TOKEN}, SendFailed("Slack's response could not be read")),
    ({"ok": False}, SendFailed("Slack's response could not be read")),
    ({"hello": "world"}, SendFailed("Slack's response could not be read")),
    (b"<html>It works!</html>", SendFailed("Slack's response could not be read")),
    (b"\xff\xfe", SendFailed("Slack's response could not be read")),
    (b"", SendFailed("Slack's response could not be read")),
    (b'{"ok": true, "ts": "1', SendFailed("Slack's response could not be read")),
    (b'{"ok": true, "x": "' + b"x" * MAX_BODY + b'"}', SendFailed("Slack's response could not be read")),
    ({"ok": False, "error": "<!channel>"}, SendFailed("Slack's response could not be read")),
    ([TOKEN], SendFailed("Slack's response could not be read")),
]


@pytest.mark.parametrize(("body", "outcome"), TOKEN_FAILURES)
def test_a_wrong_word_in_the_body_is_a_failure(
    body: object,
    outcome: SendFailed,
    service: ScriptedService,
    alarm: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """HTTP 200 is not enough: Slack has to say ok, and its known lasting refusals name the remedy."""
    caplog.set_level(logging.DEBUG)
    service.answers = [answer(200, body)]
    channel = by_token(service)
    assert channel.send(alarm, None) == outcome
    assert len(service.requests) == 1
    assert secrets_in(outcome, channel, caplog.records) == []


HTTP_FAILURES = [
    (answer(500, b"oops"), SendFailed("Slack answered HTTP 500 Internal Server Error")),
    (
        answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}),
        SendFailed(
            "Slack answered HTTP 429 Too Many Requests (ratelimited)", retry_after=timedelta(seconds=30)
        ),
    ),
    (
        answer(200, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}),
        SendFailed("Slack answered ratelimited", retry_after=timedelta(seconds=30)),
    ),
    (answer(429), SendFailed("Slack answered HTTP 429 Too Many Requests")),
    (
        answer(302, headers={"Location": "http://127.0.0.1:1/"}),
        SendFailed("Slack answered HTTP 302 Found: check [slack] in pinger.ini", permanent=True),
    ),
    (HANG, SendFailed("Slack: no response within 1 s")),
    (TRICKLE, SendFailed("Slack: no response within 1 s")),
    (CLOSE, SendFailed("Slack: the connection was closed before the response")),
    (RESET, SendFailed("Slack: the connection was reset")),
    (b"SSH-2.0-OpenSSH_9.2\r\n", SendFailed("Slack: the response is not HTTP")),
]


@pytest.mark.parametrize(("reply", "outcome"), HTTP_FAILURES)
def test_trouble_on_the_way(
    reply: bytes,
    outcome: SendFailed,
    service: ScriptedService,
    alarm: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each way of not answering properly is one failure in plain words, after exactly one request."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    channel = by_token(service)
    assert channel.send(alarm, None) == outcome
    assert len(service.requests) == 1
    assert secrets_in(outcome, channel, caplog.records) == []


WEBHOOK_FAILURES = [
    (
        answer(404, b"no_service"),
        SendFailed(
            "Slack answered HTTP 404 Not Found (no_service): check [slack] in pinger.ini", permanent=True
        ),
    ),
    (
        answer(410, b"channel_is_archived"),
        SendFailed(
            "Slack answered HTTP 410 Gone (channel_is_archived): check [slack] in pinger.ini", permanent=True
        ),
    ),
    (
        answer(403, b"action_prohibited"),
        SendFailed(
            "Slack answered HTTP 403 Forbidden (action_prohibited): check [slack] in pinger.ini",
            permanent=True,
        ),
    ),
    (
        answer(429, b"", {"Retry-After": "5"}),
        SendFailed("Slack answered HTTP 429 Too Many Requests", retry_after=timedelta(seconds=5)),
    ),
    (answer(500, HOOK.encode()), SendFailed("Slack answered HTTP 500 Internal Server Error")),
    (answer(200, b"no_text"), SendFailed("Slack answered no_text", permanent=True)),
    (answer(200, b"<html>Log in</html>"), SendFailed("Slack's response could not be read")),
    (HANG, SendFailed("Slack: no response within 1 s")),
    (TRICKLE, SendFailed("Slack: no response within 1 s")),
    (CLOSE, SendFailed("Slack: the connection was closed before the response")),
]


@pytest.mark.parametrize(("reply", "outcome"), WEBHOOK_FAILURES)
def test_a_webhook_that_fails(
    reply: bytes,
    outcome: SendFailed,
    service: ScriptedService,
    alarm: Message,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A webhook that does not say ok has failed, and its address shows nowhere."""
    caplog.set_level(logging.DEBUG)
    service.answers = [reply]
    channel = by_webhook(service)
    assert channel.send(alarm, None) == outcome
    assert len(service.requests) == 1
    assert secrets_in(outcome, channel, caplog.records) == []
