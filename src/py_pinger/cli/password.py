"""`pinger password`."""

from __future__ import annotations

import sys

import click
from werkzeug.security import generate_password_hash

from py_pinger.cli.ending import Unusable
from py_pinger.config.ini import escape


@click.command("password")
def command() -> None:
    """Ask for a password, and print the line with its hash for [main] of pinger.ini.

    Where standard input is no terminal, the password is its first line.
    """
    given = _password()
    if not given.strip():
        raise Unusable("The password is empty: give one that is hard to guess.")
    click.echo(f"web_password={escape(generate_password_hash(given))}")


def _password() -> str:
    if sys.stdin.isatty():
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
        return answer
    return sys.stdin.readline().rstrip("\r\n")
