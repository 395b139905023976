# ruff: noqa: N999 - modules have the names of their commands, by which they are loaded
"""`pinger import`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.push.healthchecks_api import VARIABLE, checks_address, read_checks
from py_pinger.cli.push.healthchecks_ini import imported_ini
from py_pinger.cli.tasks.server_password import find_secret

_STANDARD_INPUT: Final = "-"

_HELP: Final = f"""\b
URL is the address of the server: https://healthchecks.io, or that of your own.
With ?tag=NAME behind it, only the checks with a tag are imported.

\b
The API key of the project is that of --key FILE, or else of the variable
{VARIABLE}, of ~/.netrc, or typed at the terminal. A key that
may only read does not show the UUIDs of the checks.

\b
Examples:
  pinger import healthchecks https://healthchecks.io > pinger.ini
  pinger import healthchecks "https://hc.example.com/?tag=prod"

\b
Exit codes:
  0    success
  1    the server does not return its checks
  2    invalid arguments, or no key
"""


@click.command("import", epilog=_HELP)
@click.argument("service", type=click.Choice(["healthchecks"]), metavar="healthchecks")
@click.argument("url", metavar="URL")
@click.option(
    "--key",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Read the API key from this file, or from standard input if it is -.",
)
@click.option(
    "--by-slug", is_flag=True, help="Clients ping by the project's ping key and slugs, not by UUIDs."
)
def command(service: str, url: str, key_file: Path | None, *, by_slug: bool) -> None:  # noqa: ARG001 - one so far
    """Print the sections of pinger.ini for the checks of another program.

    Clients change only the address.
    """
    address = checks_address(url)
    checks = read_checks(url, _key(address, key_file))
    if not checks:
        raise UsageProblem(f"{address} lists no checks.")
    click.echo(imported_ini(checks, address, by_slug=by_slug), nl=False)


def _key(address: str, file: Path | None) -> str:
    key = _in_file(file) if file else find_secret(address, VARIABLE, os.environ)
    if key is None and sys.stdin.isatty():
        key = click.prompt("API key", hide_input=True, err=True)
    if not key or not key.isascii() or not key.isprintable():
        raise UsageProblem(f"An API key is needed; set {VARIABLE}, or name a file with it by --key.")
    return key


def _in_file(file: Path) -> str:
    try:
        text = sys.stdin.read() if str(file) == _STANDARD_INPUT else file.read_text("utf-8")
    except (OSError, ValueError):
        # It may be the key itself, so it is not quoted.
        raise UsageProblem(
            f"--key: cannot read the file; name a file with the key, or set {VARIABLE}."
        ) from None
    return text.strip()
