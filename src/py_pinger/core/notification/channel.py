"""The protocols of channels.

What the engine needs of them, and what each channel implements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from py_pinger.core.model.notification import Message, SendResult
from py_pinger.core.notification.alert import Alert
from py_pinger.core.notification.check_in import CheckIn


class Channel(Protocol):
    """Sends messages to people or systems. Its calls block, so each channel has its own thread."""

    @property
    def name(self) -> str:
        """The name in the database, in the log and on the pages."""

    @property
    def place(self) -> str:
        """Where messages go, for people, without secrets."""

    @property
    def paced(self) -> bool:
        """Whether it accepts at most one message a second, as services do."""

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Send a message once; return expected failures instead of raising them.

        `thread` is the receipt of the message that this one replies to.
        """

    def close(self) -> None:
        """Close the connections; a message being sent is aborted."""


@runtime_checkable
class AlertChannel(Channel, Protocol):
    """A channel that holds alerts; each ends by itself unless it is posted again in time."""

    @property
    def alert_lifetime(self) -> timedelta:
        """How long an alert lasts after a post."""

    def post(self, alerts: Sequence[Alert]) -> SendResult:
        """Post alerts in one request; return expected failures instead of raising them."""


class CheckInService(Protocol):
    """A service that monitors recurring jobs, and gets a check-in for each run."""

    @property
    def name(self) -> str:
        """The name of its section in pinger.ini."""

    def check_in(self, run: CheckIn, now: datetime) -> SendResult:
        """Send a check-in once; return expected failures instead of raising them."""

    def close(self) -> None:
        """Close the connections."""
