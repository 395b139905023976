"""How a command ends: the exit codes, the same for all of them, and the errors that lead to them."""

from __future__ import annotations

from typing import IO, Any, Final

import click

SOMETHING_FAILS: Final = 1
UNUSABLE: Final = 2
# What shells say of a program that Ctrl-C has ended.
INTERRUPTED: Final = 130


class Unusable(click.ClickException):
    """What was given cannot be used; what is wrong goes to standard error, a sentence a line."""

    exit_code = UNUSABLE

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentences, without a word before them."""
        click.echo(self.message, err=True, file=file)


class CannotStart(Unusable):
    """The configuration is fine, but what it names cannot be had."""

    exit_code = SOMETHING_FAILS
