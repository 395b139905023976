"""How a command ends: the exit codes of all commands, and the errors that lead to them."""

from __future__ import annotations

from typing import IO, Any, Final

import click

EXIT_FAILURE: Final = 1
EXIT_USAGE: Final = 2
# What shells use for a program that Ctrl-C has interrupted: 128 + SIGINT.
EXIT_INTERRUPTED: Final = 130


class UsageProblem(click.ClickException):
    """The arguments or the configuration are invalid; each line of the message is one problem."""

    exit_code = EXIT_USAGE

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message to standard error, without click's "Error: " before it."""
        click.echo(self.message, err=True, file=file)


class CannotStart(UsageProblem):
    """The configuration is valid, but something that it refers to cannot be used."""

    exit_code = EXIT_FAILURE
