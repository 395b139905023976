"""Sentry: one event for each message, one issue for each task.

The event is built here and only wrapped and addressed by sentry-sdk: its client sends from another thread,
drops an event that did not arrive without an error, and adds what it finds on this machine.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sentry_sdk.envelope import Envelope
from sentry_sdk.types import Event

from py_pinger.channels.http import TIMEOUT
from py_pinger.channels.sentry.crons import check_in_service
from py_pinger.channels.sentry.project import SENTRY, SentryProject, SentrySettings
from py_pinger.core.model.notification import Message, SendResult, Sent, Severity
from py_pinger.core.text.formatting import cut

__all__ = ["KIND", "SentryChannel", "SentrySettings", "build", "check_in_service"]

KIND = SENTRY

# The names of events in Sentry's rate limits.
CATEGORIES = ("error", "default")

# Sentry's own limits, in characters.
LONGEST_TITLE = 8_192
LONGEST_TEXT = 16_384
LONGEST_TAG = 200


class SentryChannel:
    """Sends events to one Sentry project; sent means that Sentry's server accepted the event."""

    paced = True
    place = "Sentry"

    def __init__(self, name: str, settings: SentrySettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self._project = SentryProject(name, settings, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - the fingerprint groups
        """Send the message as an event; the receipt is the event's id."""
        event_id = _event_id(message)
        envelope = Envelope(headers={"event_id": event_id})
        envelope.add_event(event_of(message, event_id))
        outcome = self._project.post(envelope, *CATEGORIES)
        return Sent(event_id) if isinstance(outcome, Sent) else outcome

    def close(self) -> None:
        """Close the connection."""
        self._project.close()


def build(name: str, settings: SentrySettings) -> tuple[SentryChannel]:
    """Return the channel of a section."""
    return (SentryChannel(name, settings),)


def event_of(message: Message, event_id: str) -> Event:
    """Return the event for a message; events with the same fingerprint are one issue."""
    return {
        "event_id": event_id,
        "platform": "python",
        "logger": "py_pinger",
        "level": "error" if message.severity is Severity.ALERT else "info",
        "logentry": {"message": cut(message.title, LONGEST_TITLE)},
        "fingerprint": ["py-pinger", message.url or "self"],
        "tags": _tags(message),
        "extra": {"text": cut(message.text, LONGEST_TEXT)},
    }


def _event_id(message: Message) -> str:
    """Return an id that is the same at each attempt: Sentry keeps one event of each id."""
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
