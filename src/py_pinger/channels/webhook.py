"""Webhooks: the facts as JSON, signed as https://www.standardwebhooks.com says.

docs/webhook.schema.json describes the body; an incompatible change needs another version.
"""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import orjson
from pydantic import Field, PlainSerializer, SecretStr
from standardwebhooks import Webhook

from py_pinger.channels.http import TIMEOUT, HttpSender
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import from_text
from py_pinger.config.values.secrets import read_url
from py_pinger.core.model.notification import Message, Notice, SendFailed, SendResult, Sent
from py_pinger.core.remedy.remedy import remedy_of
from py_pinger.core.text.formatting import iso_or_none
from py_pinger.core.text.urls import MASK, mask_path
from py_pinger.core.times import MINUTE

VERSION = 1

_PREFIX = "whsec_"

# Lengths in bytes that the convention allows for a secret.
_SECRET_LENGTHS = range(24, 65)


def _read_secret(text: str) -> str:
    if text != MASK and len(_key(text)) not in _SECRET_LENGTHS:
        raise ValueError(
            f"is not a webhook secret; write {_PREFIX} and 24 to 64 bytes in Base64 behind it, as"
            " `openssl rand -base64 32` makes them"
        )
    return text


def _key(text: str) -> bytes:
    try:
        return b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else b""
    except ValueError:
        return b""


def _write_url(value: SecretStr) -> str:
    return mask_path(value.get_secret_value())


def _write_secret(_: SecretStr) -> str:
    return MASK


Url = Annotated[SecretStr, from_text(read_url), PlainSerializer(_write_url)]
Secret = Annotated[SecretStr, from_text(_read_secret), PlainSerializer(_write_secret)]


class WebhookSettings(ChannelSettings):
    """[webhook]: your own address, and the secret that signs the requests."""

    url: Url = Field(repr=False)
    secret: Secret = Field(repr=False)


KIND = ChannelKind(WebhookSettings, ("url", "secret"), "give both url and secret")


class WebhookChannel:
    """Posts to one address; sent means a status of 200 to 299."""

    paced = True

    def __init__(self, name: str, settings: WebhookSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.place = f"the webhook at {_write_url(settings.url)}"
        self._url = settings.url.get_secret_value()
        self._key = _key(settings.secret.get_secret_value())
        self._sender = HttpSender("Webhook", name, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - webhooks have no threads
        """Post the message; its id is the same at each attempt."""
        if not self._key:
            return SendFailed(
                f"Webhook: the secret is masked; write it in full in [{self.name}]", permanent=True
            )
        now = datetime.now(UTC)
        body = orjson.dumps(body_of(message, now))
        response = self._sender.post(self._url, self._headers(message.key or uuid4().hex, now, body), body)
        if isinstance(response, SendFailed):
            return response
        return Sent() if response.accepted else self._sender.failure(response)

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()

    def _headers(self, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._key).sign(message_id, now, body.decode()),
        }


def build(name: str, settings: WebhookSettings) -> tuple[WebhookChannel]:
    """Return the channel of a section."""
    return (WebhookChannel(name, settings),)


def body_of(message: Message, now: datetime) -> dict[str, object]:
    """Return the body; its time is that of the newest notice, and so the same at each attempt."""
    return {
        "type": "py-pinger.notices",
        "version": VERSION,
        "timestamp": iso_or_none(max((notice.at for notice in message.notices), default=now)),
        "data": {
            "tone": message.severity,
            "title": message.title,
            "text": message.text,
            "links": [{"label": link.label, "url": link.url} for link in message.links],
            "notices": [_fields(notice) for notice in message.notices],
        },
    }


def _fields(notice: Notice) -> dict[str, object]:
    return {
        "kind": notice.kind,
        "at": iso_or_none(notice.at),
        "url": notice.url,
        "name": notice.name,
        "process": notice.process,
        "server": notice.server,
        "cause": notice.cause,
        "reason": notice.reason,
        "remedy": remedy_of(notice.fault),
        "opened": iso_or_none(notice.opened),
        "lastrun": iso_or_none(notice.lastrun),
        "frequency": notice.frequency / MINUTE if notice.frequency else None,
        "schedule": notice.schedule,
        "timezone": notice.timezone,
        "expected": iso_or_none(notice.expected),
        "deadline": iso_or_none(notice.deadline),
        "warnings": notice.warnings,
        "dependants": notice.dependants,
        "log": notice.log,
        "topic": notice.topic,
        "text": notice.text,
    }
