"""Alertmanager: posts the alerts of open incidents to the second version of its API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

import orjson
from pydantic import Field, model_validator

from py_pinger.channels.http import TIMEOUT, HttpSender
from py_pinger.config import ChannelKind, ChannelSettings
from py_pinger.config.values.basic import Flag, Lifetime
from py_pinger.config.values.lists import Labels
from py_pinger.config.values.secrets import ServerUrl
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent
from py_pinger.core.notification.alert import Alert
from py_pinger.core.notification.links import task_link
from py_pinger.core.text.urls import mask

_HEADERS = {"Content-Type": "application/json"}


class AlertmanagerSettings(ChannelSettings):
    """[alertmanager]: an Alertmanager; `link` is where people reach the pages of Py Pinger."""

    url: ServerUrl = Field(repr=False)
    keep: Lifetime = timedelta(minutes=5)
    labels: Labels = ()
    link: ServerUrl | None = Field(default=None, repr=False)
    # Notices about Py Pinger itself neither last nor end, so there is no alert for them.
    about_itself: Flag | None = False

    def linked_to(self, pages: str | None) -> Self:
        """Return the settings with the link of [main], unless the section has its own."""
        return self if self.link or not pages else self.model_copy(update={"link": pages})

    @model_validator(mode="after")
    def _at_any_time(self) -> Self:
        # Its alerts end if they are not posted again.
        if self.hours:
            raise ValueError("hours is set; remove it, and use time intervals in Alertmanager's own routes")
        return self


KIND = ChannelKind(AlertmanagerSettings, ("url",), "give Alertmanager's address as url")


class AlertmanagerChannel:
    """Posts alerts to one Alertmanager; sent means that it accepted all of them."""

    paced = False

    def __init__(self, name: str, settings: AlertmanagerSettings, timeout: timedelta = TIMEOUT) -> None:
        self.name = name
        self.alert_lifetime = settings.keep
        self.place = f"Alertmanager at {mask(settings.url)}"
        self._url = f"{settings.url.rstrip('/')}/api/v2/alerts"
        self._labels = dict(settings.labels)
        self._pages = mask(settings.link).rstrip("/") if settings.link else None
        self._sender = HttpSender("Alertmanager", name, timeout)

    def post(self, alerts: Sequence[Alert]) -> SendResult:
        """Post alerts in one request."""
        response = self._sender.post(
            self._url, _HEADERS, orjson.dumps([self._fields(alert) for alert in alerts])
        )
        if isinstance(response, SendFailed):
            return response
        return Sent() if response.accepted else self._sender.failure(response)

    def send(self, message: Message, thread: str | None) -> SendResult:  # noqa: ARG002 - alerts have no threads
        """Post a message as an alert that ends by itself, as `pinger notify` does."""
        now = datetime.now(UTC)
        annotations = {"summary": message.title, "description": message.details}
        return self.post(
            [Alert({"alertname": "PyPingerMessage"}, annotations, now, now + self.alert_lifetime)]
        )

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()

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
        """Return the address of a task's page in Py Pinger if `link` is set, else of the task."""
        if self._pages is None or task is None:
            return task
        return task_link(self._pages, task)


def build(name: str, settings: AlertmanagerSettings) -> tuple[AlertmanagerChannel]:
    """Return the channel of a section."""
    return (AlertmanagerChannel(name, settings),)
