"""A Slack that accepts every message, and records when it came."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# Where the program posts to; the token only has to look like one.
PATH = "/api/chat.postMessage"
TOKEN = "xoxb-of-the-farm"  # noqa: S105 - there is no lock that it opens

_DIGEST = re.compile(r"(\d+) (failing|recovered)")


@dataclass(frozen=True)
class Message:
    """A message as it was posted; `at` is monotonic."""

    at: float
    posted: bytes

    @cached_property
    def content(self) -> dict[str, Any]:
        """What was posted, read."""
        content: dict[str, Any] = json.loads(self.posted)
        return content

    @property
    def title(self) -> str:
        """The first line."""
        return str(self.content["text"])

    def tells_of(self) -> tuple[int, int]:
        """Return the number of failures and of recoveries in it."""
        counts = {what: int(count) for count, what in _DIGEST.findall(self.title)}
        if counts:
            return counts.get("failing", 0), counts.get("recovered", 0)
        return int(self.title.startswith("FAILED:")), int(self.title.startswith("RECOVERED:"))


class Slack:
    """Accepts messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def take(self, posted: bytes, at: float) -> bytes:
        """Keep a message, and return Slack's answer, which calls it by a timestamp."""
        self.messages.append(Message(at, posted))
        answer = {"ok": True, "channel": "C1", "ts": f"1700000000.{len(self.messages):06}"}
        return json.dumps(answer).encode()

    def about(self, url: str) -> list[Message]:
        """Return the messages that name a page."""
        name = url.encode()
        return [message for message in self.messages if name in message.posted]
