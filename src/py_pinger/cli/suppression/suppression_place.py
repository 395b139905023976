"""Where commands create and end silences and acknowledgements: the database, or a running server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Protocol

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.suppression.api_client import ApiClient
from py_pinger.cli.suppression.database_place import DatabasePlace
from py_pinger.cli.suppression.server_place import ServerPlace
from py_pinger.cli.tasks.database import open_shared
from py_pinger.core.suppression.silence import TaskLabels


@dataclass(frozen=True, slots=True)
class Destination:
    """The options of a command: an ini file whose database is used, or the address of a server."""

    config: Path | None
    server: str | None
    token_file: Path | None


class SuppressionPlace(Protocol):
    """What people suppress, and the tasks; each method raises CannotStart with a sentence if it fails."""

    def tasks(self) -> Sequence[TaskLabels]:
        """Return all tasks."""

    def silence(self, pattern: str, ends: datetime, why: str) -> int:
        """Create a silence, and return its number."""

    def patterns(self) -> Mapping[int, str]:
        """Return the patterns of the active silences by their numbers."""

    def end(self, numbers: Collection[int]) -> None:
        """End silences."""

    def acknowledge(self, urls: Collection[str], why: str) -> Collection[str]:
        """Acknowledge the open incidents of tasks, and return the URLs of those that have one."""

    def withdraw(self, urls: Collection[str]) -> Collection[str]:
        """Withdraw acknowledgements, and return the URLs of the tasks that had one."""


def destination_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where; the command gets a `destination`."""

    @config_option
    @click.option("--server", metavar="URL", help="The address of a Py Pinger, instead of its database.")
    @click.option(
        "--token-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="With --server: the file with the token; by default PINGER_TOKEN.",
    )
    @wraps(command)
    def with_destination(
        *args: object, config: Path | None, server: str | None, token_file: Path | None, **options: object
    ) -> None:
        command(*args, destination=Destination(config, server, token_file), **options)

    return with_destination


@contextmanager
def open_place(destination: Destination, environ: Mapping[str, str]) -> Iterator[SuppressionPlace]:
    """Open the server, or else the database of the ini file."""
    if destination.server:
        yield ServerPlace(ApiClient.at(destination.server, destination.token_file, environ))
        return
    if destination.token_file:
        raise click.UsageError("--token-file has no effect without --server.")
    with open_shared(load_settings(destination.config)) as store:
        yield DatabasePlace(store)
