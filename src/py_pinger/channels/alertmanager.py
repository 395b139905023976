"""Alertmanager: an alert of each open incident, posted by the second version of its API.

Which alerts there are, and how often they are said again, is decided elsewhere; here they go out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import orjson
from pydantic import Field

from py_pinger.channels.http import TIMEOUT, HttpSender
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import Flag, Lifetime
from py_pinger.config.values.lists import Labels
from py_pinger.config.values.secrets import ServerUrl
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent
from py_pinger.core.notification.alert import Alert
from py_pinger.core.text.urls import mask

_HEADERS = {"Content-Type": "application/json"}


class AlertmanagerSettings(ChannelSettings):
    """[alertmanager]: an Alertmanager; `link` is where people reach the pages of Py Pinger."""

    url: ServerUrl = Field(repr=False)
    keep: Lifetime = timedelta(minutes=5)
    labels: Labels = ()
    link: ServerUrl | None = Field(default=None, repr=False)
    # What Py Pinger says of itself neither holds nor ends, so there is no alert of it.
    about_itself: Flag | None = False


KIND = ChannelKind(AlertmanagerSettings, ("url",), "give Alertmanager's address as url")


class AlertmanagerChannel:
    """Hands alerts to one Alertmanager; sent means that it took all of them."""

    paced = False

    def __init__(self, name: str, settings: AlertmanagerSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.keep = settings.keep
        self.place = f"Alertmanager at {mask(settings.url)}"
        self._url = f"{settings.url.rstrip('/')}/api/v2/alerts"
        self._labels = dict(settings.labels)
        self._pages = mask(settings.link).rstrip("/") if settings.link else None
        self._poster = HttpSender("Alertmanager", name, timeout)

    def post(self, posted: Sequence[Alert]) -> SendResult:
        """Hand alerts over in one request."""
        reply = self._poster.post(
            self._url, _HEADERS, orjson.dumps([self._fields(alert) for alert in posted])
        )
        if isinstance(reply, SendFailed):
            return reply
        return Sent() if reply.accepted else self._poster.refused(reply)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - alerts know no threads
        """Hand a message over as an alert that ends by itself: how a test message comes through."""
        now = datetime.now(UTC)
        says = {"summary": message.title, "description": "\n".join(message.lines)}
        return self.post([Alert({"alertname": "PyPingerMessage"}, says, now, now + self.keep)])

    def close(self) -> None:
        """Close the connection."""
        self._poster.close()

    def _fields(self, alert: Alert) -> Mapping[str, object]:
        link = self._link(alert.labels.get("task"))
        return {
            "labels": {**self._labels, **alert.labels},
            "annotations": {**alert.annotations, **({"link": link} if link else {})},
            "startsAt": alert.starts,
            "endsAt": alert.ends,
            **({"generatorURL": link} if self._pages and link else {}),
        }

    def _link(self, task: str | None) -> str | None:
        """Return the address of a task's page: Py Pinger's own, where people can reach that."""
        if self._pages is None or task is None:
            return task
        return f"{self._pages}/task/{quote(task, safe='')}"


def build(name: str, settings: AlertmanagerSettings) -> tuple[AlertmanagerChannel]:
    """Return the channel that a section asks for."""
    return (AlertmanagerChannel(name, settings),)
