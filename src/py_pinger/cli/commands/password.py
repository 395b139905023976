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
    """Print the web_password line for [main] in pinger.ini, with the hash of a password.

    Prompts for the password; if standard input is not a terminal, reads its first line.
    """
    given = _password()
    if not given.strip():
        raise UsageProblem("The password is empty. Choose one that is hard to guess.")
    click.echo(f"web_password={escape(generate_password_hash(given))}")


def _password() -> str:
    if sys.stdin.isatty():
        answer: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt="Repeat the password", err=True
        )
        return answer
    return sys.stdin.readline().rstrip("\r\n")
