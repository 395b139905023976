"""The receiver of webhooks: it keeps each message with all of its notices, however many a digest has."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.support.fake_services import Service
from tests.support.planted_secrets import WEBHOOK_SECRET
from tests.support.task_server import Exchange, says


@dataclass(frozen=True, slots=True)
class Notice:
    """What a message said: of an incident by its task's URL and opening, else about Py Pinger itself."""

    kind: str
    url: str | None
    reason: str | None
    opened: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A message to a channel, by the id that is the same at each attempt."""

    channel: str
    id: str
    title: str
    notices: tuple[Notice, ...]


class WebhookReceiver(Service):
    """Takes the webhooks of some channels; `hold` is the seconds until each is answered, or that of `holds`.

    A message counts as received when it has come, whether or not its sender still waits for the answer.
    """

    def __init__(self, channels: Sequence[str], name: str = "127.0.0.1") -> None:
        """Listen on all of loopback; pinger.ini has this name of the host."""
        super().__init__(host="0.0.0.0")  # noqa: S104 - bound to loopback below
        self.hold = 0.0
        self.holds: Mapping[str, float] = {}
        self._channels = channels
        self._name = name

    def server_bind(self) -> None:
        """Listen on every address of loopback, and on nothing else."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        super().server_bind()

    @property
    def block(self) -> Mapping[str, Mapping[str, object]]:
        """A section for each channel."""
        return {
            f"webhook {name}": {
                "url": f"http://{self._name}:{self.server_address[1]}/{name}",
                "secret": f"whsec_{WEBHOOK_SECRET}",
            }
            for name in self._channels
        }

    @property
    def texts(self) -> list[str]:
        """The titles of the messages."""
        return [message.title for message in self.received]

    @property
    def received(self) -> list[ReceivedWebhook]:
        """All messages, in the order in which they came."""
        return [_webhook(message) for message in [*self.delivered]]

    def take(self, exchange: Exchange) -> None:
        """Keep the message, and answer it after a while."""
        request = exchange.request
        channel, key = request.target.removeprefix("/"), request.headers["webhook-id"]
        self.delivered.append({"channel": channel, "id": key, **request.json["data"]})
        exchange.over.wait(self.holds.get(channel, self.hold))
        says(b"", "204 No Content")(exchange)


def _webhook(message: Mapping[str, object]) -> ReceivedWebhook:
    notices = message["notices"]
    assert isinstance(notices, list)
    return ReceivedWebhook(
        str(message["channel"]), str(message["id"]), str(message["title"]), tuple(map(_notice, notices))
    )


def _notice(fields: Mapping[str, str | None]) -> Notice:
    return Notice(str(fields["kind"]), fields["url"], fields["reason"], fields["opened"], fields["text"])
