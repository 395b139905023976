"""Sentry: an event a message, one issue a task.

The event is put together here and only wrapped and addressed by sentry-sdk: its client sends from a
thread of its own, where an event that did not arrive is dropped in silence, and adds what it finds
on this machine.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from pydantic import Field, PlainSerializer, SecretStr
from sentry_sdk.envelope import Envelope
from sentry_sdk.types import Event
from sentry_sdk.utils import Dsn

from py_pinger import __version__
from py_pinger.channels.poster import TIMEOUT, Poster, Reply, wait
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.kinds import from_text
from py_pinger.config.web_url import fault
from py_pinger.core.address import mask
from py_pinger.core.delivery import Message, NotSent, Outcome, Sent, Tone
from py_pinger.core.wording import cut

# Sentry's own limits, in characters.
LONGEST_TITLE = 8_192
LONGEST_TEXT = 16_384
LONGEST_TAG = 200


def _read_dsn(text: str) -> str:
    parts = None if fault(text) else urlsplit(text)
    if not parts or not parts.username or not parts.path.rpartition("/")[2].isdecimal():
        raise ValueError(
            "is not a DSN; copy it from Sentry: https://KEY@HOST/PROJECT, PROJECT being a number"
        )
    return text


def _write_dsn(value: SecretStr) -> str:
    return mask(value.get_secret_value())


DsnText = Annotated[SecretStr, from_text(_read_dsn), PlainSerializer(_write_dsn)]


class SentrySettings(ChannelSettings):
    """[sentry]: a project of Sentry; `url` is its DSN."""

    url: DsnText = Field(repr=False)


KIND = ChannelKind(SentrySettings, ("url",), "give the DSN as url")


class SentryChannel:
    """Hands events to one Sentry project; sent means that Sentry's server took the event."""

    paced = True
    place = "Sentry"

    def __init__(self, name: str, settings: SentrySettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        auth = Dsn(settings.url.get_secret_value()).to_auth(f"py-pinger/{__version__}")
        self._url = auth.get_api_url()
        self._headers = {
            "Content-Type": "application/x-sentry-envelope",
            "X-Sentry-Auth": auth.to_header(),
        }
        self._poster = Poster("Sentry", name, timeout)

    def send(self, message: Message, thread: str | None) -> Outcome:  # noqa: ARG002 - the fingerprint groups
        """Hand the message over as an event; the receipt is the event's id."""
        event_id = _event_id(message)
        envelope = Envelope(headers={"event_id": event_id})
        envelope.add_event(event_of(message, event_id))
        reply = self._poster.post(self._url, self._headers, envelope.serialize())
        if isinstance(reply, NotSent):
            return reply
        return Sent(event_id) if reply.accepted else self._poster.refused(reply, after=_rate_limit(reply))

    def close(self) -> None:
        """Close the connection."""
        self._poster.close()


def build(name: str, settings: SentrySettings) -> SentryChannel:
    """Return the channel that a section asks for."""
    return SentryChannel(name, settings)


def event_of(message: Message, event_id: str) -> Event:
    """Return the event for a message; events with one fingerprint make one issue."""
    return {
        "event_id": event_id,
        "platform": "python",
        "logger": "py_pinger",
        "level": "error" if message.tone is Tone.ALARM else "info",
        "logentry": {"message": cut(message.title, LONGEST_TITLE)},
        "fingerprint": ["py-pinger", message.url or "self"],
        "tags": _tags(message),
        "extra": {"text": cut(message.text, LONGEST_TEXT)},
    }


def _event_id(message: Message) -> str:
    """Return an id that is the same when the same is told again: Sentry keeps one event of each id."""
    return UUID(hex=message.key[:32], version=4).hex if message.key else uuid4().hex


def _tags(message: Message) -> dict[str, str]:
    values = {
        "process": message.process,
        "server": message.server,
        "cause": message.cause,
        "url": message.url,
        "name": message.name,
    }
    return {key: cut(str(value), LONGEST_TAG) for key, value in values.items() if value}


def _rate_limit(reply: Reply) -> timedelta | None:
    """Return the longest wait of Sentry's own header that is about events: `60:error;default:key, …`."""
    limits = (entry.strip().split(":") for entry in reply.headers.get("x-sentry-rate-limits", "").split(","))
    waits = (wait(seconds) for seconds, *rest in limits if _about_events(rest))
    return max(filter(None, waits), default=None)


def _about_events(rest: list[str]) -> bool:
    categories = rest[0].split(";") if rest else []
    return not {"error", "default", ""}.isdisjoint(categories) if categories else True
