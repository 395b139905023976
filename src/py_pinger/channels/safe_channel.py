"""The wrapper around each external channel, and text without mentions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from py_pinger.core.model.notification import Message, SendFailed, SendResult
from py_pinger.core.notification.alert import Alert
from py_pinger.core.notification.channel import AlertChannel, Channel
from py_pinger.core.notification.links import with_links
from py_pinger.core.notification.route import Route

# An @ at the start of a word; in mail addresses, paths and masked URLs (`//***@host`) it is not a mention.
_MENTION = re.compile(r"(?<!\w)(?<!\w/)(?<!//\*\*\*)@(?=\w)")

# What is a mention in any of many services, some of which read an @ even within a word.
_ANY_MENTION = re.compile(r"@(?=[\w&!])|<(?=!|users/)")


def escape_mentions(text: str) -> str:
    """Return text without mentions: an invisible joiner follows each @ that would be one."""
    return _MENTION.sub("@\N{WORD JOINER}", text)


def escape_all_mentions(text: str) -> str:
    """Return text that has no mention in any service; mail addresses get the joiner as well."""
    return _ANY_MENTION.sub("\\g<0>\N{WORD JOINER}", text)


class RoutedChannel(Channel, Protocol):
    """A channel, and which notices it gets."""

    @property
    def route(self) -> Route:
        """Which notices it gets."""


class SafeChannel:
    """A channel whose unexpected exceptions become failures, so that the message is tried again.

    Its messages lead to Py Pinger's `pages`, if their address is known.
    Only the exception's type is shown: its text may quote an address or a token.
    """

    def __init__(self, channel: Channel, route: Route, pages: str | None = None) -> None:
        self._channel = channel
        self._pages = pages
        self.name = channel.name
        self.place = channel.place
        self.paced = channel.paced
        self.route = route

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Send through the channel."""
        linked = with_links(message, self._pages) if self._pages else message
        return self._guard(lambda: self._channel.send(linked, thread))

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _guard(self, send: Callable[[], SendResult]) -> SendResult:
        try:
            return send()
        except Exception as fault:  # noqa: BLE001 - a library may raise anything, and the message must be tried again
            return SendFailed(f"{self.place}: the message could not be sent ({type(fault).__name__})")


class SafeAlertChannel(SafeChannel):
    """The same for a channel that holds alerts."""

    def __init__(self, channel: AlertChannel, route: Route, pages: str | None = None) -> None:
        super().__init__(channel, route, pages)
        self._alert_channel = channel
        self.alert_lifetime = channel.alert_lifetime

    def post(self, alerts: Sequence[Alert]) -> SendResult:
        """Post through the channel."""
        return self._guard(lambda: self._alert_channel.post(alerts))
