"""The log as a channel, and what stands in for the others when nothing may leave this machine."""

from __future__ import annotations

import logging
from dataclasses import replace

from py_pinger.channels.base import ExternalChannel
from py_pinger.core.model.notification import Message, SendResult, Sent, Severity
from py_pinger.core.notification.route import Route
from py_pinger.core.text.formatting import clean

_log = logging.getLogger("py_pinger.notices")


class LogChannel:
    """Writes each message into the log: alarms as warnings, all else as information."""

    name = "log"
    paced = False
    route = Route("log")

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - a log has no threads
        """Write the message."""
        level = logging.WARNING if message.severity is Severity.ALERT else logging.INFO
        _log.log(level, "%s", one_line(message.text))
        return Sent()

    def close(self) -> None:
        """Do nothing: the log is not ours to close."""


class DryRunChannel:
    """Sends nothing, and logs what the channel it stands in for would have sent, and where.

    It has a name of its own, so that nobody takes what it was given for something people were told; `section`
    is that of the other in pinger.ini. It is paced like the other: the log shows what would come when.
    """

    def __init__(self, channel: ExternalChannel, route: Route) -> None:
        self._channel = channel
        self.section = channel.name
        self.paced = channel.paced
        self.route = dry_run_route(route)
        self.name = self.route.channel

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - as above
        """Write what would have been sent."""
        _log.info("only_log: %s would get: %s", self._channel.place, one_line(message.text))
        return Sent()

    def close(self) -> None:
        """Close the channel that was never used."""
        self._channel.close()


def dry_run_route(route: Route) -> Route:
    """Return what a channel gets while it is muted, under the name that it has then."""
    return replace(route, channel=f"{route.channel} (only_log)")


def one_line(text: str) -> str:
    """Return text as one line, so that a task's page cannot forge lines of the log."""
    return " | ".join(clean(line) for line in text.splitlines())
