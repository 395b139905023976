"""HipChat: a notification in a room, by the API's version 2."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson
from pydantic import Field

from py_pinger.channels.http import TIMEOUT, HttpResponse, HttpSender
from py_pinger.channels.safe_channel import escape_mentions
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import Line
from py_pinger.config.values.secrets import ServerUrl, Token
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent, Severity
from py_pinger.core.probing.retry_after import wait_until
from py_pinger.core.text.formatting import cut

# HipChat's own limit, in characters.
LONGEST_TEXT = 10_000

_COLORS: Mapping[Severity, str] = {Severity.ALERT: "red", Severity.RECOVERY: "green", Severity.INFO: "gray"}


class HipChatSettings(ChannelSettings):
    """[hipchat]: a HipChat room, at hipchat.com or on your own server."""

    room: Line
    auth: Token = Field(repr=False)
    emoji: Line | None = None
    url: ServerUrl = Field(default="https://api.hipchat.com", repr=False)


KIND = ChannelKind(HipChatSettings, ("room", "auth"), "give both room and auth")


class HipChatChannel:
    """Posts to one room; only alerts make a sound there."""

    paced = True

    def __init__(self, name: str, settings: HipChatSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.place = f"HipChat room {settings.room}"
        self._emoji = settings.emoji
        self._url = f"{settings.url.rstrip('/')}/v2/room/{quote(settings.room, safe='')}/notification"
        self._headers = {
            "Authorization": f"Bearer {settings.auth.get_secret_value()}",
            "Content-Type": "application/json",
        }
        self._sender = HttpSender("HipChat", name, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - HipChat has no threads
        """Post the message to the room."""
        response = self._sender.post(self._url, self._headers, orjson.dumps(self._notification(message)))
        if isinstance(response, SendFailed):
            return response
        return Sent() if response.accepted else self._sender.failure(response, after=_limit_reset(response))

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()

    def _notification(self, message: Message) -> dict[str, str | bool]:
        text = " ".join(filter(None, (self._emoji, escape_mentions(message.text))))
        return {
            "message": cut(text, LONGEST_TEXT),
            "message_format": "text",
            "color": _COLORS[message.severity],
            "notify": message.severity is Severity.ALERT,
        }


def build(name: str, settings: HipChatSettings) -> tuple[HipChatChannel]:
    """Return the channel of a section."""
    return (HipChatChannel(name, settings),)


def _limit_reset(response: HttpResponse) -> timedelta | None:
    """Return the wait until HipChat's limit is reset, which it gives in Unix seconds."""
    value = response.headers.get("x-ratelimit-reset", "")
    if response.retry_after() or not (
        value.isascii() and value.isdigit() and len(value) <= len("9999999999")
    ):
        return None
    return wait_until(datetime.fromtimestamp(int(value), UTC), response.at)
