"""Silences and acknowledgements of a running server, by its API."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from urllib.parse import quote

from py_pinger.cli.suppression.api_client import ApiClient
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import iso

_CONFLICT = HTTPStatus.CONFLICT.value


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """Changes what the server suppresses, in the name of a token."""

    client: ApiClient

    def tasks(self) -> Sequence[TaskLabels]:
        """Return all tasks."""
        rows = self.client.send("GET", "/")["data"]
        return [TaskLabels(each["url"], each["name"], each["process"], each["server"]) for each in rows]

    def silence(self, pattern: str, ends: datetime, why: str) -> int:
        """Create a silence, and return its number."""
        values = {"pattern": pattern, "ends": iso(ends), "why": why}
        number: int = self.client.send("POST", "/api/silences", values)["data"]["id"]
        return number

    def patterns(self) -> Mapping[int, str]:
        """Return the patterns of the active silences by their numbers."""
        return {each["id"]: each["pattern"] for each in self.client.send("GET", "/api/silences")["data"]}

    def end(self, numbers: Collection[int]) -> None:
        """End silences."""
        for number in numbers:
            self.client.send("DELETE", f"/api/silences/{number}")

    def acknowledge(self, urls: Collection[str], why: str) -> Collection[str]:
        """Acknowledge the open incidents of tasks, and return the URLs of those that have one."""
        return [url for url in urls if self.client.send("POST", _path(url), {"why": why}, _CONFLICT)]

    def withdraw(self, urls: Collection[str]) -> Collection[str]:
        """Withdraw acknowledgements, and return the URLs of the tasks that had one."""
        return [url for url in urls if self.client.send("DELETE", _path(url), None, _CONFLICT)]


def _path(url: str) -> str:
    return f"/api/tasks/{quote(url, safe='')}/ack"
