"""What is monitored, and how: tasks, connection profiles, and the difference of two lists of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Self

from py_pinger.core.model.check import ReportWarning
from py_pinger.core.text.formatting import count


@dataclass(frozen=True, slots=True)
class Pem:
    """A file of certificates, of a key, or of both, with its text as it was when it was read."""

    path: str
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConnectionProfile:
    """How a server is reached; two equal ones may share connections.

    `ca` is trusted beside what the machine trusts anyway. Without a `key` the file of the `certificate`
    holds it too. Unless `verify`, whoever answers is taken for the server.
    """

    proxy: str | None = field(default=None, repr=False)
    ca: Pem | None = None
    certificate: Pem | None = None
    key: Pem | None = None
    verify: bool = True

    @property
    def identity(self) -> bytes | None:
        """The client certificate and its key."""
        if self.certificate is None:
            return None
        return b"\n".join(pem.text for pem in (self.certificate, self.key) if pem)

    def without_client_certificate(self) -> ConnectionProfile:
        """Return the profile for servers that must not see the client certificate."""
        return replace(self, certificate=None, key=None)


# What all tasks go by that say nothing else.
DIRECT = ConnectionProfile()


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the settings say of a task's page: how often the task runs, and what people be warned of."""

    frequency: timedelta | None = None
    warnings: tuple[ReportWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A page to watch, and how.

    `url` is what identifies the task and what people see: secrets in it are masked. `address` is what
    is asked, secrets and all, and is never shown. Neither are `headers`, names with their values.
    `token_auth` names the section that its token is from, the plain one being ""; None is for no token.
    `parents` are the URLs of the tasks that it depends on.
    """

    url: str
    address: str = field(repr=False)
    name: str | None = None
    interval: timedelta = timedelta(seconds=60)
    error_interval: timedelta = timedelta(seconds=480)
    timeout: timedelta = timedelta(seconds=10)
    retries: int = 2
    grace: timedelta = timedelta(0)
    remind: timedelta | None = timedelta(minutes=240)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    token_auth: str | None = ""
    profile: ConnectionProfile = DIRECT
    expectations: Expectations = Expectations()
    parents: tuple[str, ...] = ()

    def pace(self, *, troubled: bool) -> timedelta:
        """Return the time between two checks, given whether an incident is open."""
        return self.error_interval if troubled else self.interval


@dataclass(frozen=True, slots=True)
class TaskListDiff:
    """`tasks` are all from now on, in their order; the `removed` ones are as they were.

    A task is the same as long as its URL is. It has `changed` if anything else of it has.
    """

    tasks: tuple[Task, ...]
    added: tuple[Task, ...] = ()
    changed: tuple[Task, ...] = ()
    removed: tuple[Task, ...] = ()

    @classmethod
    def between(cls, before: Sequence[Task], after: Sequence[Task]) -> Self:
        """Return how the one list becomes the other; each has every URL once."""
        old = {task.url: task for task in before}
        new = {task.url for task in after}
        return cls(
            tasks=tuple(after),
            added=tuple(task for task in after if task.url not in old),
            changed=tuple(task for task in after if old.get(task.url, task) != task),
            removed=tuple(task for task in before if task.url not in new),
        )

    def __str__(self) -> str:
        """Put it into words: `2 tasks added, 1 task removed`."""
        return ", ".join(self._words()) or "the tasks are the same"

    def _words(self) -> Iterator[str]:
        for crowd, how in ((self.added, "added"), (self.changed, "changed"), (self.removed, "removed")):
            if crowd:
                yield f"{count(len(crowd), 'task')} {how}"
