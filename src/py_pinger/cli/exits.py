"""How a command ends: the exit codes, the same for all of them, and the errors that lead to them."""

from __future__ import annotations

from typing import IO, Any, Final

import click

EXIT_FAILURE: Final = 1
EXIT_USAGE: Final = 2
# What shells say of a program that Ctrl-C has ended.
EXIT_INTERRUPTED: Final = 130


class UsageProblem(click.ClickException):
    """What was given cannot be used; what is wrong goes to standard error, a sentence a line."""

    exit_code = EXIT_USAGE

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentences, without a word before them."""
        click.echo(self.message, err=True, file=file)


class CannotStart(UsageProblem):
    """The configuration is fine, but what it names cannot be had."""

    exit_code = EXIT_FAILURE
