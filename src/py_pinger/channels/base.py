"""The channels' common protocols, the guard around each, and text that no channel reads as markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from re import compile as pattern
from typing import Protocol, runtime_checkable

from py_pinger.core.model.notification import Message, SendFailed, SendResult
from py_pinger.core.notification.alert import Alert
from py_pinger.core.notification.check_in import CheckIn
from py_pinger.core.notification.route import Route

# An @ that begins a word; in mail addresses, paths and masked URLs (`//***@host`) it calls nobody.
_MENTION = pattern(r"(?<!\w)(?<!\w/)(?<!//\*\*\*)@(?=\w)")

# What calls people in one or another of many services, some of which read an @ even within a word.
_CALL = pattern(r"@(?=[\w&!])|<(?=!|users/)")


def escape_mentions(text: str) -> str:
    """Return text in which no mention calls anybody: an invisible joiner stands behind the @."""
    return _MENTION.sub("@\N{WORD JOINER}", text)


def escape_all_mentions(text: str) -> str:
    """Return text that calls nobody whichever service shows it; mail addresses have the joiner as well."""
    return _CALL.sub("\\g<0>\N{WORD JOINER}", text)


class Sender(Protocol):
    """What carries messages. Its code blocks, so each has a thread of its own."""

    @property
    def name(self) -> str:
        """What the store, the pages and the log know it by."""

    @property
    def paced(self) -> bool:
        """Whether it takes no more than a message a second, as services do."""

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Send a message once and say what became of it; expected failures are never raised.

        `thread` is the receipt of the message that this one answers.
        """

    def close(self) -> None:
        """Let go of connections."""


class Channel(Sender, Protocol):
    """A way to people, and what goes that way."""

    @property
    def route(self) -> Route:
        """What it gets."""


class ExternalChannel(Sender, Protocol):
    """What leaves this machine, named as its section in pinger.ini is; its own file is all there is of it."""

    @property
    def place(self) -> str:
        """Where its messages go, without any secret."""


@runtime_checkable
class AlertChannel(ExternalChannel, Protocol):
    """A channel that keeps alerts, which end by themselves after `keep` unless they are posted again."""

    @property
    def keep(self) -> timedelta:
        """How long an alert lasts by itself."""

    def post(self, posted: Sequence[Alert]) -> SendResult:
        """Hand alerts over in one request; expected failures are never raised."""


class CheckInService(Protocol):
    """What is told of runs: a service's monitors of recurring jobs."""

    @property
    def name(self) -> str:
        """The name of its section in pinger.ini."""

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:
        """Hand over a check-in that leaves now; expected failures are never raised."""

    def close(self) -> None:
        """Let go of connections."""


class SafeChannel:
    """A channel whose library's own faults come out as failures too.

    Only the fault's type is told: its text may quote an address or a token.
    """

    def __init__(self, channel: ExternalChannel, route: Route) -> None:
        self._channel = channel
        self.name = channel.name
        self.route = route
        self.paced = channel.paced

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Send through the channel."""
        return self._guarded(lambda: self._channel.send(message, thread))

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _guarded(self, sending: Callable[[], SendResult]) -> SendResult:
        try:
            return sending()
        except Exception as fault:  # noqa: BLE001 - a library may raise anything, and the message must be tried again
            return SendFailed(
                f"{self._channel.place}: the message could not be sent ({type(fault).__name__})"
            )


class SafeAlertChannel(SafeChannel):
    """The same for a channel that keeps alerts."""

    def __init__(self, channel: AlertChannel, route: Route) -> None:
        super().__init__(channel, route)
        self._keeping = channel
        self.keep = channel.keep

    def post(self, posted: Sequence[Alert]) -> SendResult:
        """Post to the channel."""
        return self._guarded(lambda: self._keeping.post(posted))
