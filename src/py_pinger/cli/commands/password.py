"""`pinger password`."""

from __future__ import annotations

import sys

import click
from werkzeug.security import generate_password_hash

from py_pinger.cli.exits import UsageProblem
from py_pinger.config.parsing.ini import escape

_HELP = """\b
Examples:
  pinger password
  printf %s "$SECRET" | pinger password
"""


@click.command("password", epilog=_HELP)
def command() -> None:
    """Make the line with a password's hash for [main] of pinger.ini.

    The password is asked for; where standard input is no terminal, it is its first line.
    """
    given = _password()
    if not given.strip():
        raise UsageProblem("The password is empty: give one that is hard to guess.")
    click.echo(f"web_password={escape(generate_password_hash(given))}")


def _password() -> str:
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return answer
    return sys.stdin.readline().rstrip("\r\n")
