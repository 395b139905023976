"""The table of all sections and keys, with the type and the default of each key.

The reader, the suggestions for unknown names, the masked ini and the check of the documentation follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from py_pinger.config.schema.channel import ConfiguredChannel
from py_pinger.config.schema.page_keys import PageKeys, PageSettings
from py_pinger.config.schema.problem import ConfigProblem
from py_pinger.config.schema.section import Section
from py_pinger.config.schema.status_keys import StatusPageSettings
from py_pinger.config.values.api_tokens import ApiTokens
from py_pinger.config.values.basic import (
    CheckInterval,
    Count,
    Days,
    DebugTime,
    Duration,
    File,
    Flag,
    Frequency,
    Host,
    Limit,
    Line,
    Minutes,
    NodeName,
    Port,
    Reload,
    Remind,
    Retries,
    Size,
    Timeout,
)
from py_pinger.config.values.lists import DayList, Hosts, Networks, Patterns, PublicPages, Urls
from py_pinger.config.values.push_values import PushKey, PushToken, Slug
from py_pinger.config.values.request_options import Body, Headers, ListName, Method, Proxy
from py_pinger.config.values.secrets import (
    DatabaseUrl,
    Header,
    HeartbeatUrl,
    PagesUrl,
    Password,
    Prefix,
    ServerUrl,
    Token,
    WebPassword,
)
from py_pinger.config.values.start import Cron, Start, Zone, start_in_utc, zone_info
from py_pinger.core.model.schedule import OperatorSleep
from py_pinger.core.model.task import Task
from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.core.suppression.maintenance import MaintenanceWindow
from py_pinger.core.text.urls import mask, may_have_secrets, secrets_in, secrets_of
from py_pinger.core.times import ZERO

# In a URL, a user name without a password.
_USER_ALONE = re.compile(r"(?<=://)[^/?#@:]*@")


class MainSettings(Section):
    """[main]: how Py Pinger runs, and the defaults of the [task …] sections."""

    host: Host = "localhost"
    port: Port = 3002
    database: DatabaseUrl = Field(default="sqlite:///pinger.db", repr=False)
    node: NodeName = None
    log: File = Path("pinger.log")
    reload: Reload = "auto"
    only_log: Flag = False
    greeting: Line = "Hello World!"
    link: PagesUrl = None
    debug: Flag = False
    debug_now: DebugTime = False
    interval: CheckInterval = timedelta(seconds=60)
    error_interval: CheckInterval = timedelta(seconds=480)
    timeout: Timeout = timedelta(seconds=10)
    retries: Retries = 2
    grace: Minutes = ZERO
    remind: Remind = timedelta(minutes=240)
    patience: Minutes = ZERO
    max_body: Size = 2**20
    concurrency: Count = 500
    per_host: Count = 10
    history: Days = timedelta(days=90)
    connectivity_urls: Urls = Field(default=(), repr=False)
    offline_grace: Minutes = timedelta(minutes=5)
    certificate_days: DayList = tuple(timedelta(days=days) for days in (21, 7, 1))
    heartbeat: HeartbeatUrl = Field(default=None, repr=False)
    web_password: WebPassword = Field(default=None, repr=False)
    web_public: PublicPages = ()
    metrics_tasks: Limit = 10_000
    web_hosts: Hosts = ()
    trusted_proxies: Networks = (ip_network("127.0.0.1"), ip_network("::1"))


class TokenAuth(Section):
    """[token_auth]: the token of requests to tasks, either static or obtained by a login."""

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
    def _either_token_or_login(self) -> Self:
        if self.token and (self.url or self.username or self.password):
            raise ValueError("both a token and a login are set; keep token, or url, username and password")
        return self


class UrlLists(Section):
    """[urls]: the tasks to monitor, as written; `debug` decides which of the two lists is used."""

    prod: str = Field(default="", repr=False)
    dev: str = Field(default="", repr=False)


class PushSection(Section):
    """[push]: how tasks send their reports; `url` is the address of Py Pinger for them."""

    key: PushKey = Field(default=None, repr=False)
    url: ServerUrl | None = None
    post_only: Flag = False
    push_logs: Flag = True


class TaskSettings(Section):
    """[task URL], or [task NAME] with a url or a push: the settings of one task.

    Missing ones are as in [main].
    """

    url: ServerUrl | None = Field(default=None, repr=False)
    urls: ListName | None = None
    name: Line | None = None
    interval: CheckInterval | None = None
    error_interval: CheckInterval | None = None
    timeout: Timeout | None = None
    retries: Retries | None = None
    grace: Minutes | None = None
    remind: Remind = None
    patience: Minutes | None = None
    frequency: Frequency | None = None
    schedule: Cron | None = None
    timezone: Zone = "UTC"
    runtime: Frequency | None = None
    least_runtime: Frequency | None = None
    least_runtime_error: Flag | None = None
    push: Slug | None = None
    token: PushToken = Field(default=None, repr=False)
    page: Line | None = None
    method: Method | None = None
    body: Body = Field(default=None, repr=False)
    headers: Headers = Field(default=(), repr=False)
    token_auth: Line | None = None
    proxy: Proxy = Field(default=None, repr=False)
    ca: File | None = None
    certificate: File | None = None
    key: File | None = None
    verify: Flag | None = None
    depends_on: Patterns = Field(default=(), repr=False)


class SleepSettings(Section):
    """[sleep NAME]: a window in which tasks need not run, for all tasks unless patterns are given."""

    start: Start | None = None
    duration: Duration | None = None
    timezone: Zone = "UTC"
    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()

    def window(self, name: str) -> OperatorSleep:
        """Return the window as a value of the core."""
        start = start_in_utc(self.start or "", self.timezone)
        return OperatorSleep(name, start, self.duration or ZERO, self.timezone, self.servers)


class ApiSection(Section):
    """[api]: the tokens by which programs read, and change things."""

    tokens: ApiTokens = Field(default=(), repr=False)


class MaintenanceSettings(Section):
    """[maintenance NAME]: a window without notifications.

    For all tasks unless patterns are given.
    """

    start: Start | None = None
    duration: Duration | None = None
    timezone: Zone = "UTC"
    tasks: Patterns = Field(default=(), repr=False)
    servers: Patterns = ()

    def window(self, name: str) -> MaintenanceWindow:
        """Return the window as a value of the core."""
        start, tasks = start_in_utc(self.start or "", self.timezone), tuple(map(mask, self.tasks))
        zone = zone_info(self.timezone)
        return MaintenanceWindow(name, start, self.duration or ZERO, zone, tasks, self.servers)


SECTIONS: Mapping[str, type[Section]] = {
    "main": MainSettings,
    "token_auth": TokenAuth,
    "urls": UrlLists,
    "push": PushSection,
    "api": ApiSection,
    "task": TaskSettings,
    "maintenance": MaintenanceSettings,
    "sleep": SleepSettings,
    "page": PageSettings,
    "status": StatusPageSettings,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, validated; the `warnings` are logged.

    `unmonitored` are the URLs of tasks that are configured, but not in the monitored list. `depends_on` are
    the patterns of the tasks that have some, by their URLs.
    """

    main: MainSettings = field(default_factory=MainSettings)
    tasks: tuple[Task, ...] = ()
    token_auth: TokenAuth | None = None
    token_auths: Mapping[str, TokenAuth] = field(default_factory=dict)
    push: PushSection | None = None
    api: ApiSection | None = None
    channels: tuple[ConfiguredChannel, ...] = ()
    maintenance: Mapping[str, MaintenanceSettings] = field(default_factory=dict)
    sleep: Mapping[str, SleepSettings] = field(default_factory=dict)
    pages: Mapping[str, PageKeys] = field(default_factory=dict)
    status: Mapping[str, StatusPageSettings] = field(default_factory=dict)
    warnings: tuple[ConfigProblem, ...] = ()
    unmonitored: tuple[str, ...] = ()
    depends_on: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def windows(self) -> tuple[MaintenanceWindow, ...]:
        """Return the maintenance windows."""
        return tuple(settings.window(name) for name, settings in self.maintenance.items())

    def status_pages(self) -> tuple[StatusPage, ...]:
        """Return the status pages."""
        return tuple(settings.page(name) for name, settings in self.status.items())

    def secrets(self) -> frozenset[str]:
        """Return every secret in these settings, as plain text, for masking it in logs and on pages."""
        values = [value for section in self._sections() for value in _own_values(section)]
        plain = frozenset(value.get_secret_value() for value in values if isinstance(value, SecretStr))
        database = self.main.database
        urls = (value for value in values if isinstance(value, str) and value is not database)
        proxies = (task.profile.proxy for task in self.tasks if task.profile.proxy)
        addresses = (
            *(task.address for task in self.tasks if may_have_secrets(task.address)),
            *proxies,
            *self.main.connectivity_urls,
            # Alone, the user name of a database is not secret, and may well be a word of each log line.
            _USER_ALONE.sub("", database),
            *urls,
            *plain,
        )
        headers = (secrets_of(task.headers) for task in self.tasks if task.headers)
        in_channels = (channel.settings.secrets() for channel in self.channels)
        tokens = (task.push.token for task in self.tasks if task.push and task.push.token)
        return plain.union(*headers, *in_channels, tokens, *map(secrets_in, addresses))

    def _sections(self) -> Iterator[Section]:
        yield self.main
        yield from (channel.settings for channel in self.channels)
        if self.token_auth:
            yield self.token_auth
        yield from self.token_auths.values()
        if self.push:
            yield self.push


def _own_values(section: Section) -> Iterator[object]:
    """Yield the values that differ from their defaults."""
    fields = type(section).model_fields
    return (value for key, value in section if value != fields[key].default)
