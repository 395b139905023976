"""Where tasks are seen from: the running server first, else the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from py_pinger.cli import database, server_password
from py_pinger.cli.config_file import loaded
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.server_client import Server
from py_pinger.cli.snapshot import Snapshot, Unavailable
from py_pinger.config import MainSettings
from py_pinger.config.values.url import fault
from py_pinger.core.text.urls import mask

_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - not listened on, but asked instead

url_option = click.option(
    "--url",
    metavar="URL",
    help="Ask the server at this address, rather than the one that the ini file names.",
)


class TaskSource:
    """Sees the tasks at a server; where that does not tell, and there is one, in a database."""

    def __init__(self, server: Server | Unavailable, database: str | None) -> None:
        self._server = server
        self._database = database

    @classmethod
    def at(cls, url: str, environ: Mapping[str, str]) -> TaskSource:
        """Look at the server at an address; where it wants a password, ask whoever sits at the terminal."""
        if wrong := fault(url):
            raise UsageProblem(f"--url {mask(url)} {wrong}.")
        if mask(url) != url:
            raise UsageProblem(
                "--url has a password in it, which everybody on this machine could read: "
                f"set {server_password.VARIABLE} instead."
            )
        server = Server(url, server_password.found(url, None, environ))
        seen = server.look()
        if isinstance(seen, Unavailable) and seen.locked and (given := server_password.asked(url)):
            server = Server(url, given)
        return cls(server, None)

    @classmethod
    def of(cls, main: MainSettings, environ: Mapping[str, str]) -> TaskSource:
        """Look at the server that the settings name, else into its database."""
        if not main.port:
            return cls(Unavailable("the server's port is not known, for port=0 in [main]"), main.database)
        url = f"http://{_host(main.host)}:{main.port}"
        return cls(Server(url, server_password.found(url, main, environ)), main.database)

    def look(self) -> Snapshot | Unavailable:
        """Return the tasks as they are seen now."""
        seen = self._server if isinstance(self._server, Unavailable) else self._server.look()
        if isinstance(seen, Snapshot) or self._database is None:
            return seen
        kept = database.look(self._database, datetime.now(UTC), seen.why)
        return kept if isinstance(kept, Snapshot) else replace(kept, why=f"{seen.why}; {kept.why}")

    def seen(self) -> Snapshot:
        """Return the tasks as they are seen now. Raises Unusable where they are not."""
        sight = self.look()
        if isinstance(sight, Unavailable):
            raise UsageProblem(f"{sight.why[0].upper()}{sight.why[1:]}.")
        return sight


def task_source(config: Path | None, url: str | None, environ: Mapping[str, str]) -> TaskSource:
    """Return from where to look, given the options of a command."""
    return TaskSource.at(url, environ) if url else TaskSource.of(loaded(config).main, environ)


def chosen(sight: Snapshot, pattern: str | None, *, failing: bool) -> Snapshot:
    """Return the tasks that are asked for. Raises Unusable where a pattern means none at all."""
    if pattern is not None and not sight.narrowed(pattern, failing=False).rows:
        raise UsageProblem(f"No task is meant by {pattern!r}. A * stands for any text: try '*{pattern}*'.")
    return sight.narrowed(pattern, failing=failing)


def _host(host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return _ANYWHERE.get(host, shown)
