"""The table of channels, and what only_log makes of it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.scripted_service import ScriptedService, answer

from py_pinger.channels import build
from py_pinger.channels.hipchat import HipChatSettings
from py_pinger.channels.safe_channel import SafeChannel
from py_pinger.channels.sentry.channel import SentrySettings
from py_pinger.channels.slack.slack_settings import SlackSettings
from py_pinger.config import ConfiguredChannel, MainSettings, Settings
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent, Severity
from py_pinger.core.notification.route import Route


def settings(url: str, *, only_log: bool = False, token: str | None = "xoxb-1") -> Settings:
    """Return settings with every channel."""
    slack = {"url": f"{url}/api/chat.postMessage", "token": token, "channel": "#ops"}
    hipchat = {"url": url, "room": "Ops", "auth": "a"}
    sentry = {"url": f"{url.replace('//', '//key@')}/1"}
    return Settings(
        main=MainSettings(database="sqlite://", log=Path("/dev/null"), only_log=only_log),
        channels=(
            ConfiguredChannel("slack", "slack", SlackSettings.model_validate(slack)),
            ConfiguredChannel("hipchat", "hipchat", HipChatSettings.model_validate(hipchat)),
            ConfiguredChannel("sentry", "sentry", SentrySettings.model_validate(sentry)),
        ),
    )


def test_the_log_alone() -> None:
    """Without any section for a channel there is still the log."""
    nothing = Settings(main=settings("http://127.0.0.1:1").main)
    assert [channel.name for channel in build(nothing)] == ["log"]


@pytest.mark.parametrize(
    ("only_log", "names"),
    [
        (False, ["log", "slack", "hipchat", "sentry"]),
        (True, ["log", "slack (only_log)", "hipchat (only_log)", "sentry (only_log)"]),
    ],
)
def test_all_channels(only_log: bool, names: list[str]) -> None:  # noqa: FBT001 - a table's column
    """Each configured channel is there, the log first; a muted one by a name of its own."""
    assert [channel.name for channel in build(settings("http://127.0.0.1:1", only_log=only_log))] == names


@pytest.mark.parametrize("only_log", [False, True])
def test_what_leaves_this_machine_is_paced(only_log: bool) -> None:  # noqa: FBT001 - a table's column
    """The log takes what comes; the services, and what stands in for them, a message a second."""
    channels = build(settings("http://127.0.0.1:1", only_log=only_log))
    assert [channel.paced for channel in channels] == [False, True, True, True]


def test_each_channel_sends(service: ScriptedService, alarm: Message) -> None:
    """Through the channels as built, each service gets exactly one request."""
    service.answers = [answer(200, {"ok": True, "ts": "1"}), answer(204), answer(200)]
    channels = build(settings(service.url))
    outcomes = [channel.send(alarm, None) for channel in channels]
    for channel in channels:
        channel.close()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert [request.path for request in service.requests] == [
        "/api/chat.postMessage",
        "/v2/room/Ops/notification",
        "/api/1/envelope/",
    ]


@pytest.mark.parametrize(("token", "slack"), [("xoxb-1", "Slack #ops"), (None, "Slack's incoming webhook")])
def test_only_log_sends_nothing(
    token: str | None, slack: str, service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """With only_log no request leaves, and the log shows the whole text and where it would have gone."""
    channels = build(settings(service.url, only_log=True, token=token))
    with caplog.at_level(logging.INFO, "py_pinger.notices"):
        outcomes = [channel.send(Message(Severity.ALERT, "Title", ("more",)), None) for channel in channels]
    for channel in channels:
        channel.close()
    assert outcomes == [Sent()] * 4
    assert service.requests == []
    assert [record.getMessage() for record in caplog.records] == [
        "Title | more",
        f"only_log: {slack} would get: Title | more",
        "only_log: HipChat room Ops would get: Title | more",
        "only_log: Sentry would get: Title | more",
    ]


class _Broken:
    """A channel whose library raises what quotes a secret."""

    name = "broken"
    place = "Acme"
    paced = True
    closed = False

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Raise."""
        raise RuntimeError(f"https://planted-secret/{message.title}/{thread}")

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def test_a_fault_of_a_library_is_a_failure(alarm: Message) -> None:
    """Whatever a library raises, the message is kept, and only the fault's type is told."""
    broken = _Broken()
    channel = SafeChannel(broken, Route("broken"))
    assert channel.send(alarm, None) == SendFailed("Acme: the message could not be sent (RuntimeError)")
    channel.close()
    assert (channel.name, broken.closed) == ("broken", True)


def test_messages_lead_to_the_pages(alarm: Message, caplog: pytest.LogCaptureFixture) -> None:
    """With the address of the pages each message has links, also if it is only logged."""
    caplog.set_level(logging.INFO, "py_pinger.notices")
    given = settings("http://127.0.0.1:1", only_log=True)
    linked = [replace(each, pages="https://pinger.example") for each in given.channels]
    _, channel, *_ = build(replace(given, channels=tuple(linked)))
    channel.send(replace(alarm, url=None), None)
    assert caplog.messages[-1].endswith(" | Overview: https://pinger.example/")
