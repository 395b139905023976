"""The services around Py Pinger as it sees them: Slack, HipChat, Sentry, and a backend with a login."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import orjson
from tests.support.planted_secrets import HIPCHAT_AUTH, SENTRY_KEY, SLACK_TOKEN, leaks
from tests.support.task_server import Behaviour, Exchange, Server, says


class Service(Server, ABC):
    """Takes messages; `delivered` are those that it has said yes to. None of them may have a secret in it."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__(self.take, host, port)
        self.delivered: list[dict[str, Any]] = []

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        if error == (None, None, None):
            found = leaks(repr(self.delivered))
            assert found == [], found

    @property
    @abstractmethod
    def block(self) -> Mapping[str, Mapping[str, object]]:
        """What pinger.ini says of it."""

    @property
    @abstractmethod
    def texts(self) -> list[str]:
        """The first lines of what was delivered."""

    @abstractmethod
    def take(self, exchange: Exchange) -> None:
        """Say yes to a message."""


class Slack(Service):
    """Takes messages by chat.postMessage."""

    @property
    def block(self) -> Mapping[str, Mapping[str, object]]:
        """What the user's page says of it."""
        keys = {
            "url": self.url("/api/chat.postMessage"),
            "channel": "application-status",
            "token": SLACK_TOKEN,
            "user": "My Task Checker Bot",
            "emoji": ":robot:",
        }
        return {"slack": keys}

    @property
    def texts(self) -> list[str]:
        """The messages' own texts, without what is attached."""
        return [str(message["text"]) for message in self.delivered]

    def take(self, exchange: Exchange) -> None:
        """Say yes, and give the message a timestamp to call it by."""
        self.delivered.append(exchange.request.json)
        says({"ok": True, "channel": "C1", "ts": receipt(len(self.delivered))})(exchange)


def receipt(number: int) -> str:
    """Return what Slack calls the message that was delivered as this one, counted from 1."""
    return f"1700000000.{number:06}"


def refusal(error: str) -> Behaviour:
    """Refuse as Slack does: with HTTP 200."""
    return says({"ok": False, "error": error})


class HipChat(Service):
    """Takes notifications of a room."""

    @property
    def block(self) -> Mapping[str, Mapping[str, object]]:
        """One room, on a server of one's own."""
        return {"hipchat": {"url": self.origin, "room": "Ops", "auth": HIPCHAT_AUTH, "emoji": "(yey)"}}

    @property
    def texts(self) -> list[str]:
        """The first lines of the notifications."""
        return [str(message["message"]).partition("\n")[0] for message in self.delivered]

    def take(self, exchange: Exchange) -> None:
        """Say yes by having nothing to say."""
        self.delivered.append(exchange.request.json)
        says(b"", "204 No Content")(exchange)


class Sentry(Service):
    """Takes envelopes with an event each."""

    @property
    def block(self) -> Mapping[str, Mapping[str, object]]:
        """The DSN of project 42."""
        return {"sentry": {"url": f"{self.origin.replace('//', f'//{SENTRY_KEY}@')}/42"}}

    @property
    def texts(self) -> list[str]:
        """The titles of the events."""
        return [str(event["logentry"]["message"]) for event in self.delivered]

    def take(self, exchange: Exchange) -> None:
        """Say yes, and name the event."""
        _, _, event, *_ = exchange.request.body.split(b"\n")
        self.delivered.append(orjson.loads(event))
        says({"id": self.delivered[-1]["event_id"]})(exchange)


class Backend(Server):
    """Tasks behind a token: a login returns the `issued` one, and pages require it."""

    def __init__(self, header: str = "authorization") -> None:
        super().__init__()
        self.issued = "issued-token-1"
        self.header = header
        self.behaviours["/login"] = self.log_in

    def guard(self, target: str, manner: Behaviour) -> str:
        """Put a page behind the token, and return its URL."""

        def guarded(exchange: Exchange) -> None:
            known = exchange.request.headers.get(self.header) == self.issued
            (manner if known else says(b"", "401 Unauthorized"))(exchange)

        self.behaviours[target] = guarded
        return self.url(target)

    def log_in(self, exchange: Exchange) -> None:
        """Give the token to the one who is known."""
        known = exchange.request.json == {"email": "my-user", "password": "my-secret-password"}
        (says({"auth_token": self.issued}) if known else says(b"", "403 Forbidden"))(exchange)
