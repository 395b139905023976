"""Where a command reads the tasks from: the running server, or else the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from py_pinger.app.demo.demo_folder import demo_ports
from py_pinger.cli.config_file import find_config, load_settings
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.tasks import database, server_password
from py_pinger.cli.tasks.server_client import ServerClient
from py_pinger.cli.tasks.snapshot import Snapshot, Unavailable
from py_pinger.config import MainSettings
from py_pinger.config.values.url import url_problem
from py_pinger.core.text.urls import mask

# Addresses to listen on, which cannot be connected to, and the one to connect to.
_WILDCARD: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - not listened on

_WILDCARDS: Final = frozenset("*?")

url_option = click.option(
    "--url",
    metavar="URL",
    help="Read from the server at this address instead of the one in the ini file.",
)


class TaskSource:
    """Reads the tasks from a server; if that fails, from a database if there is one."""

    def __init__(
        self,
        server: ServerClient | Unavailable,
        database: str | None,
        first: Snapshot | Unavailable | None = None,
    ) -> None:
        self._server = server
        self._database = database
        # What the server responded already; a second request would double the wait for one that is slow.
        self._first = first

    @classmethod
    def at(cls, url: str, environ: Mapping[str, str]) -> TaskSource:
        """Return the server at an address; if it requires a password, prompt for it at a terminal."""
        server = server_at(url, environ)
        first = server.read()
        locked = isinstance(first, Unavailable) and first.needs_password
        if locked and (given := server_password.prompt_password(url)):
            return cls(ServerClient(url, given), None)
        return cls(server, None, first)

    @classmethod
    def of(cls, main: MainSettings, environ: Mapping[str, str]) -> TaskSource:
        """Return the server that the settings describe, and its database."""
        return cls(configured_server(main, environ), main.database)

    @classmethod
    def demo(cls, environ: Mapping[str, str]) -> TaskSource | None:
        """Return the server of a running demo, the one at the default address first; None if none runs."""
        main = MainSettings()
        for port in dict.fromkeys((main.port, *demo_ports())):
            server = _client(main.model_copy(update={"port": port}), environ)
            if isinstance(first := server.read(), Snapshot):
                return cls(server, None, first)
        return None

    def read(self) -> Snapshot | Unavailable:
        """Return the tasks as they are now."""
        seen = self._read_server()
        if isinstance(seen, Snapshot) or self._database is None:
            return seen
        stored = database.read_snapshot(self._database, datetime.now(UTC), seen.why)
        return stored if isinstance(stored, Snapshot) else replace(stored, why=f"{seen.why}; {stored.why}")

    def _read_server(self) -> Snapshot | Unavailable:
        if self._first:
            first, self._first = self._first, None
            return first
        return self._server if isinstance(self._server, Unavailable) else self._server.read()

    def snapshot(self) -> Snapshot:
        """Return the tasks as they are now. Raises UsageProblem if they cannot be read."""
        seen = self.read()
        if isinstance(seen, Unavailable):
            raise UsageProblem(f"{seen.why[0].upper()}{seen.why[1:]}.")
        return seen


def task_source(config: Path | None, url: str | None, environ: Mapping[str, str]) -> TaskSource:
    """Return the source that the options of a command name; without an ini file, a running demo."""
    if url:
        return TaskSource.at(url, environ)
    try:
        path = find_config(config)
    except UsageProblem:
        demo = TaskSource.demo(environ)
        if demo is None:
            raise
        return demo
    return TaskSource.of(load_settings(path).main, environ)


def select_tasks(snapshot: Snapshot, pattern: str | None, *, failing: bool) -> Snapshot:
    """Return the tasks that match a pattern.

    A text without wildcards that matches none may be a part.

    Raises UsageProblem if the pattern matches no task.
    """
    if pattern is not None and not snapshot.filtered(pattern, failing=False).rows:
        part = f"*{pattern}*"
        if _WILDCARDS & set(pattern) or not pattern or not snapshot.filtered(part, failing=False).rows:
            raise UsageProblem(
                f"No task matches {pattern!r}. Use * as a wildcard, for example '*{pattern}*'."
            )
        pattern = part
    return snapshot.filtered(pattern, failing=failing)


def server_at(url: str, environ: Mapping[str, str]) -> ServerClient:
    """Return the client of the server at an address; raises UsageProblem if the address cannot be used."""
    if why := url_problem(url):
        raise UsageProblem(f"--url: {mask(url)} {why}; use for example http://localhost:3002.")
    if mask(url) != url:
        raise UsageProblem(
            "--url contains a password, which everyone on this machine could read; set"
            f" {server_password.VARIABLE} instead."
        )
    return ServerClient(url, server_password.find_password(url, None, environ))


def configured_server(main: MainSettings, environ: Mapping[str, str]) -> ServerClient | Unavailable:
    """Return the client of the server that the settings describe, or why there is none."""
    if not main.port:
        return Unavailable("the server's port is unknown (port=0 in [main])")
    return _client(main, environ)


def _client(main: MainSettings, environ: Mapping[str, str]) -> ServerClient:
    host = f"[{main.host}]" if ":" in main.host else main.host
    url = f"http://{_WILDCARD.get(main.host, host)}:{main.port}"
    return ServerClient(url, server_password.find_password(url, main, environ))
