"""All that can be configured: the one table of sections and keys, with each key's kind and default.

Reading, the hints for unknown names, the masked ini and the check of the documentation all follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Generic, Self, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, SecretStr, model_validator

from py_pinger.config.asking_kinds import Headers, ListName, Proxy
from py_pinger.config.credentials import (
    DatabaseUrl,
    Header,
    HeartbeatUrl,
    Password,
    Prefix,
    ServerUrl,
    Token,
    WebPassword,
)
from py_pinger.config.kinds import (
    Count,
    Days,
    Duration,
    File,
    Flag,
    Frequency,
    Host,
    Limit,
    Line,
    Minutes,
    Moment,
    Pace,
    Port,
    Reload,
    Remind,
    Retries,
    Size,
    Timeout,
)
from py_pinger.config.lists import Causes, DayList, Doors, Hosts, Networks, Patterns, Urls
from py_pinger.config.start import Start, Zone
from py_pinger.core.address import mask, secrets_in, secrets_of
from py_pinger.core.maintenance import Window
from py_pinger.core.model import Task
from py_pinger.core.route import Route


class Section(BaseModel):
    """A section of the ini file; each field is a key of it, and one kept out of repr may hold a secret."""

    # What is wrong is told by us; pydantic's own words would quote secrets.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class MainSettings(Section):
    """[main]: how Py Pinger runs, and what holds for each task unless its own section says otherwise."""

    host: Host = "localhost"
    port: Port = 3002
    database: DatabaseUrl = Field(default="sqlite:///pinger.db", repr=False)
    log: File = Path("pinger.log")
    reload: Reload = "auto"
    only_log: Flag = False
    greeting: Line = "Hello World!"
    debug: Flag = False
    debug_now: Moment = False
    interval: Pace = timedelta(seconds=60)
    error_interval: Pace = timedelta(seconds=480)
    timeout: Timeout = timedelta(seconds=10)
    retries: Retries = 2
    grace: Minutes = timedelta(0)
    remind: Remind = timedelta(minutes=240)
    max_body: Size = 2**20
    concurrency: Count = 500
    per_host: Count = 10
    history: Days = timedelta(days=90)
    canary: Urls = Field(default=(), repr=False)
    doubt: Minutes = timedelta(minutes=5)
    certificate_days: DayList = tuple(timedelta(days=days) for days in (21, 7, 1))
    heartbeat: HeartbeatUrl = Field(default=None, repr=False)
    web_password: WebPassword = Field(default=None, repr=False)
    web_public: Doors = ()
    metrics_tasks: Limit = 10_000
    web_hosts: Hosts = ()
    trusted_proxies: Networks = (ip_network("127.0.0.1"), ip_network("::1"))


class ChannelSettings(Section):
    """What the sections of all channels have in common: what the channel gets.

    Each channel's own file adds its keys.
    """

    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()
    processes: Patterns = ()
    causes: Causes = ()
    about_itself: Flag | None = None

    def names(self, name: str) -> tuple[str, ...]:
        """Return what the channels of the section of this name are called: mostly it is one, called so."""
        return (name,)

    def secrets(self) -> frozenset[str]:
        """Return what is secret besides the values that say so themselves."""
        return frozenset()


def keys_of(model: type[Section]) -> tuple[str, ...]:
    """Return a section's keys, its own before those that all channels have."""
    return tuple(sorted(model.model_fields, key=ChannelSettings.model_fields.__contains__))


class TokenAuth(Section):
    """[token_auth]: what tasks' pages are asked with, a static token or one that a login gives."""

    token: Token | None = Field(default=None, repr=False)
    url: ServerUrl | None = Field(default=None, repr=False)
    username: Line | None = None
    password: Password | None = Field(default=None, repr=False)
    header: Header = Field(default="Authorization", repr=False)
    prefix: Prefix = Field(default="", repr=False)
    username_field: Line = "email"
    password_field: Line = "password"  # noqa: S105 - the name of a field
    token_field: Line = "auth_token"  # noqa: S105 - the name of a field

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.token and (self.url or self.username or self.password):
            raise ValueError("has both a token and a login; keep either token, or url, username and password")
        return self


class UrlLists(Section):
    """[urls]: what to watch, as written; which of the two is read depends on `debug`."""

    prod: str = Field(default="", repr=False)
    dev: str = Field(default="", repr=False)


class TaskSettings(Section):
    """[task URL], or [task NAME] with a url: what holds for one task; what is not given is as in [main]."""

    url: ServerUrl | None = Field(default=None, repr=False)
    urls: ListName | None = None
    name: Line | None = None
    interval: Pace | None = None
    error_interval: Pace | None = None
    timeout: Timeout | None = None
    retries: Retries | None = None
    grace: Minutes | None = None
    remind: Remind = None
    frequency: Frequency | None = None
    headers: Headers = Field(default=(), repr=False)
    token_auth: Line | None = None
    proxy: Proxy = Field(default=None, repr=False)
    ca: File | None = None
    certificate: File | None = None
    key: File | None = None
    verify: Flag | None = None
    depends_on: Patterns = Field(default=(), repr=False)


class MaintenanceSettings(Section):
    """[maintenance NAME]: a window in which nobody is told; without patterns of any task."""

    start: Start | None = None
    duration: Duration | None = None
    timezone: Zone = "UTC"
    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()

    def window(self, name: str) -> Window:
        """Return the window as the rules see it."""
        # Imported only when needed: hardly anybody has maintenance windows, and a start is in a hurry.
        from zoneinfo import ZoneInfo  # noqa: PLC0415

        zone, start = ZoneInfo(self.timezone), self.start or ""
        if isinstance(start, datetime):
            start = (start if start.tzinfo else start.replace(tzinfo=zone)).astimezone(UTC)
        tasks = tuple(map(mask, self.tasks))
        return Window(name, start, self.duration or timedelta(0), zone, tasks, self.servers)


SECTIONS: Mapping[str, type[Section]] = {
    "main": MainSettings,
    "token_auth": TokenAuth,
    "urls": UrlLists,
    "task": TaskSettings,
    "maintenance": MaintenanceSettings,
}

Model = TypeVar("Model", bound=Section)


def absent(given: Mapping[str, str], *keys: str) -> tuple[str, ...]:
    """Return those of the keys that are not given."""
    return tuple(key for key in keys if key not in given)


@dataclass(frozen=True, slots=True)
class Block(Generic[Model]):
    """An optional section: which keys it `needs`, and in words what makes it `complete`.

    A block that lacks all it needs is not set up. `lacks` tells which keys one lacks, given others, where
    that is more than what it needs. One that is only `outward` may be left unfinished as long as nothing is
    sent to the outside.
    """

    model: type[Model]
    needs: tuple[str, ...]
    complete: str
    lacks: Callable[[Mapping[str, str]], tuple[str, ...]] | None = None
    outward: bool = True

    def lacking(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the keys that are missing beside those that are given."""
        return self.lacks(given) if self.lacks else absent(given, *self.needs)


@dataclass(frozen=True, slots=True)
class ChannelKind(Block[ChannelSettings]):
    """The section of one kind of channel."""


# By the names of their sections. What is not looked up need not even be imported.
ChannelKinds: TypeAlias = Mapping[str, ChannelKind]


@dataclass(frozen=True, slots=True)
class ConfiguredChannel:
    """A section for channels; there may be several of a `kind`, each with a name of its own."""

    name: str
    kind: str
    settings: ChannelSettings

    def route(self) -> Route:
        """Return what it gets; what Py Pinger says of itself comes by default if all else does."""
        wanted, given = self.settings, self.settings.about_itself
        route = Route(self.name, wanted.tasks, wanted.servers, wanted.processes, wanted.causes)
        return replace(route, own=not route.selective if given is None else given)

    def routes(self) -> tuple[Route, ...]:
        """Return the same for each of its channels, by name."""
        return tuple(replace(self.route(), channel=name) for name in self.settings.names(self.name))


class Settings(BaseModel):
    """The whole configuration, checked; `warnings` are sentences for the log."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    main: MainSettings = MainSettings()
    tasks: tuple[Task, ...] = ()
    token_auth: TokenAuth | None = None
    token_auths: Mapping[str, TokenAuth] = {}
    channels: tuple[InstanceOf[ConfiguredChannel], ...] = ()
    maintenance: Mapping[str, MaintenanceSettings] = {}
    warnings: tuple[str, ...] = ()

    def windows(self) -> tuple[Window, ...]:
        """Return the maintenance windows."""
        return tuple(settings.window(name) for name, settings in self.maintenance.items())

    def secrets(self) -> frozenset[str]:
        """Return every secret in these settings, as plain text, for masking it wherever it turns up."""
        held = [value for section in self._sections() for value in _own_values(section)]
        plain = frozenset(value.get_secret_value() for value in held if isinstance(value, SecretStr))
        urls = (value for value in held if isinstance(value, str))
        proxies = (task.way.proxy for task in self.tasks if task.way.proxy)
        addresses = (*(task.address for task in self.tasks), *proxies, *self.main.canary, *urls, *plain)
        headers = (secrets_of(task.headers) for task in self.tasks if task.headers)
        in_channels = (channel.settings.secrets() for channel in self.channels)
        return plain.union(*headers, *in_channels, *map(secrets_in, addresses))

    def _sections(self) -> Iterator[Section]:
        yield self.main
        yield from (channel.settings for channel in self.channels)
        if self.token_auth:
            yield self.token_auth
        yield from self.token_auths.values()


def _own_values(section: Section) -> Iterator[object]:
    """Yield the values that are not what everybody's are by default."""
    fields = type(section).model_fields
    return (value for key, value in section if value != fields[key].default)
