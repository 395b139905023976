"""`pinger` itself: the table of its commands, each loaded when it is asked for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper

import click

from py_pinger import __version__
from py_pinger.cli.ending import INTERRUPTED

# Each lies in the file of its name, as `command`; help lists them in this order.
COMMANDS = ("run", "check", "status", "tasks", "config", "notify", "password")


class Commands(click.Group):
    """Commands that end without a word on Ctrl-C, and with the exit code that shells have for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command, and nothing that the others need."""
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that is asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(
    cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="Py Pinger")
@click.pass_context
def main(context: click.Context) -> None:
    """Watch the status pages of tasks, and tell people when one stops being fresh.

    Without a command, this does what `run` does.
    """
    _write_what_can_be_written()
    if context.invoked_subcommand is None:
        context.invoke(_load("run"))


def _write_what_can_be_written() -> None:
    """Have a character that the output's encoding lacks become a question mark instead of a fault."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _load(name: str) -> click.Command:
    with _no_garbage():
        command: click.Command = import_module(f"py_pinger.cli.{name}").command
    return command


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Nothing that is loaded becomes garbage, and to look for it takes a seventh of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
