"""Silences and acknowledgements in the database, next to the process that monitors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from py_pinger.cli.suppression.operator import current_user
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.store.external import SharedStore


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """Writes as the user of the command; a running Py Pinger reads it within two seconds."""

    store: SharedStore

    def tasks(self) -> Sequence[TaskLabels]:
        """Return all tasks, as last written."""
        return [TaskLabels.of(each) for each in self.store.task_snapshots()]

    def silence(self, pattern: str, ends: datetime, why: str) -> int:
        """Create a silence, and return its number."""
        return self.store.silences.create(pattern, datetime.now(UTC), ends, why, current_user()).id

    def patterns(self) -> Mapping[int, str]:
        """Return the patterns of the active silences by their numbers."""
        return {each.id: each.pattern for each in self.store.silences.active(datetime.now(UTC))}

    def end(self, numbers: Collection[int]) -> None:
        """End silences."""
        self.store.silences.end(numbers, datetime.now(UTC))

    def acknowledge(self, urls: Collection[str], why: str) -> Collection[str]:
        """Acknowledge the open incidents of tasks, and return the URLs of those that have one."""
        made = self.store.acknowledgements.create(urls, datetime.now(UTC), why, current_user())
        return [each.url for each in made]

    def withdraw(self, urls: Collection[str]) -> Collection[str]:
        """Withdraw acknowledgements, and return the URLs of the tasks that had one."""
        return [each.url for each in self.store.acknowledgements.withdraw(urls)]
