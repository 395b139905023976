"""The log as a channel, and the stand-in for external channels with `only_log`."""

from __future__ import annotations

import logging
from dataclasses import replace

from py_pinger.core.model.notification import Message, SendResult, Sent, Severity
from py_pinger.core.notification.channel import Channel
from py_pinger.core.notification.links import with_links
from py_pinger.core.notification.route import Route
from py_pinger.core.text.formatting import clean

_log = logging.getLogger("py_pinger.notices")


class LogChannel:
    """Writes each message into the log: alerts as warnings, all else as information."""

    name = "log"
    place = "the log"
    paced = False
    route = Route("log")

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - a log has no threads
        """Write the message."""
        level = logging.WARNING if message.severity is Severity.ALERT else logging.INFO
        _log.log(level, "%s", one_line(message.text))
        return Sent()

    def close(self) -> None:
        """Do nothing: the log is closed elsewhere."""


class DryRunChannel:
    """Sends nothing, and logs what the channel that it replaces would have sent, and where.

    It has another name, so that its deliveries do not count as sent to the other; `section` is that of the
    other in pinger.ini. It is paced like the other: the log shows what would be sent when.
    """

    def __init__(self, channel: Channel, route: Route, pages: str | None = None) -> None:
        self._channel = channel
        self._pages = pages
        self.section = channel.name
        self.place = channel.place
        self.paced = channel.paced
        self.route = dry_run_route(route)
        self.name = self.route.channel

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - as above
        """Log what would have been sent."""
        linked = with_links(message, self._pages) if self._pages else message
        _log.info("only_log: %s would get: %s", self.place, one_line(linked.text))
        return Sent()

    def close(self) -> None:
        """Close the channel that was never used."""
        self._channel.close()


def dry_run_route(route: Route) -> Route:
    """Return the route of a channel under the name that it has with `only_log`."""
    return replace(route, channel=f"{route.channel} (only_log)")


def one_line(text: str) -> str:
    """Return text as one line, so that a task's page cannot forge log lines."""
    return " | ".join(clean(line) for line in text.splitlines())
