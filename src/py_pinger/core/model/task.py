"""Tasks, connection profiles, and the difference of two lists of tasks."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Self

from py_pinger.core.model.check import ReportWarning
from py_pinger.core.model.page import PageDefinition, is_for_all, page_of
from py_pinger.core.model.schedule import OperatorSleep, Schedule
from py_pinger.core.text.formatting import count
from py_pinger.core.times import ZERO


@dataclass(frozen=True, slots=True)
class Pem:
    """A file with certificates, a key, or both, and its text when it was read."""

    path: str
    text: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConnectionProfile:
    """How to connect to a server; tasks with equal profiles may share connections.

    `ca` is trusted in addition to the authorities of the machine. Without a `key` the file of the
    `certificate` contains it too. Without `verify` any certificate is accepted.
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


# The profile of tasks without such settings.
DIRECT = ConnectionProfile()


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the settings say about a task's report.

    How often the task runs: a `frequency` or a `schedule`. When it `sleep`s, besides what its page says.
    `warnings` are added to its verdicts. `page` is how a page of another program is read, None for one by
    the contract. A run may take `runtime`; one that took less than `least_runtime` is worth a warning, or an
    error if `short_run_is_error`.
    """

    frequency: timedelta | None = None
    warnings: tuple[ReportWarning, ...] = ()
    schedule: Schedule | None = None
    sleep: tuple[OperatorSleep, ...] = ()
    page: PageDefinition | None = None
    runtime: timedelta | None = None
    least_runtime: timedelta | None = None
    short_run_is_error: bool = False


# The expectations of tasks whose settings say nothing about their reports.
UNSTATED = Expectations()


# What the URL of a task that is pushed begins with; its slug follows.
PUSH_SCHEME: Final = "push:"


@dataclass(frozen=True, slots=True)
class PushIdentity:
    """How the URLs for the reports of a task name it: by its `slug`, or by a `token` if it has one."""

    slug: str
    token: str | None = field(default=None, repr=False)

    def path(self, secret: str) -> str:
        """Return the path of the URL for its reports, given the task's token or the key of all tasks."""
        return f"/ping/{secret}" if self.token else f"/ping/{secret}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Task:
    """A monitored task and its settings.

    `url` identifies the task and is shown: secrets in it are masked. `address` is the URL to request, with
    its secrets; it is never shown. Neither are `headers`, names with values, nor the `body` of a request by
    POST; without one the page is requested by `method`. `token_auth` names the section of its token, "" for
    the plain one; None is for no token. A failure that ends within `patience` is not notified. `parents` are
    the URLs of the tasks that it depends on. With a `push` the task sends its reports, and nothing is
    requested; both its `url` and its `address` are its slug after PUSH_SCHEME. `listed_by` is the URL of the
    task on whose page it was discovered, None for a task of the settings.
    """

    url: str
    address: str = field(repr=False)
    name: str | None = None
    interval: timedelta = timedelta(seconds=60)
    error_interval: timedelta = timedelta(seconds=480)
    timeout: timedelta = timedelta(seconds=10)
    retries: int = 2
    grace: timedelta = ZERO
    remind: timedelta | None = timedelta(minutes=240)
    patience: timedelta = ZERO
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    method: str = "GET"
    body: str | None = field(default=None, repr=False)
    token_auth: str | None = ""
    profile: ConnectionProfile = DIRECT
    expectations: Expectations = UNSTATED
    parents: tuple[str, ...] = ()
    push: PushIdentity | None = None
    listed_by: str | None = None

    @property
    def lists_items(self) -> bool:
        """Whether it stands for all items that its page lists: each of them is discovered as a task."""
        page = self.expectations.page
        return page is not None and page.has_items and is_for_all(self.url)

    @property
    def request_key(self) -> Hashable:
        """What distinguishes its request: pages of other programs answer all tasks with the same one."""
        page = self.expectations.page
        if page is None:
            return self.url
        address = page_of(self.address)
        wanted = self.method, self.body, self.headers, page.headers
        return address, *wanted, self.token_auth, self.profile

    def pace(self, *, troubled: bool) -> timedelta:
        """Return the time between two checks, given whether an incident is open."""
        return self.error_interval if troubled else self.interval


@dataclass(frozen=True, slots=True)
class TaskListDiff:
    """The new list of `tasks` in order, and how it differs.

    `removed` tasks have their old settings.

    A task is identified by its URL. It has `changed` if any other setting has.
    """

    tasks: tuple[Task, ...]
    added: tuple[Task, ...] = ()
    changed: tuple[Task, ...] = ()
    removed: tuple[Task, ...] = ()

    @classmethod
    def between(cls, before: Sequence[Task], after: Sequence[Task]) -> Self:
        """Return the difference between two lists; each contains a URL only once."""
        old = {task.url: task for task in before}
        new = {task.url for task in after}
        return cls(
            tasks=tuple(after),
            added=tuple(task for task in after if task.url not in old),
            changed=tuple(task for task in after if task.url in old and old[task.url] != task),
            removed=tuple(task for task in before if task.url not in new),
        )

    def __str__(self) -> str:
        """Return for example `2 tasks added, 1 task removed`."""
        return ", ".join(self._words()) or "the tasks are the same"

    def _words(self) -> Iterator[str]:
        for tasks, change in ((self.added, "added"), (self.changed, "changed"), (self.removed, "removed")):
            if tasks:
                yield f"{count(len(tasks), 'task')} {change}"
