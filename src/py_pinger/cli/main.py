"""`pinger` itself: the table of its commands, each loaded when it is asked for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import Final

import click
from click.shell_completion import CompletionItem, add_completion_class

from py_pinger import __version__
from py_pinger.cli.exits import EXIT_INTERRUPTED
from py_pinger.cli.shell_completion import Bash

# Each lies in the file of its name, as `command`. Help and completion list them in this order, by these
# sentences, without loading any.
COMMANDS: Final[Mapping[str, str]] = {
    "run": "Watch the tasks, send notices, and serve the results.",
    "check": "Ask each URL once, or every configured task, and explain the verdicts.",
    "status": "Show how the tasks are: all, or those that PATTERN means.",
    "tasks": "List the tasks for programs, with all that is known of each.",
    "silence": "Tell nobody about some tasks for a while.",
    "silences": "Show the silences in force, and the maintenance windows.",
    "unsilence": "End silences at once: the one of this number, or all with exactly this pattern.",
    "config": "Print the settings in force with secrets masked, or all that is wrong with them.",
    "replay": "Show what other settings would have made of the stored history.",
    "notify": "Send a test message through each channel, and say what each answered.",
    "password": "Make the line with a password's hash for [main] of pinger.ini.",
    "completion": "Print what makes a shell complete commands, options and tasks.",
    "manual": "Print the manual page.",
}

_HELP: Final = """\b
Examples:
  pinger run --demo                  watch sample pages; needs no file
  pinger config --template > pinger.ini
  pinger                             watch what pinger.ini names
  pinger status --failing            what needs people
  pinger COMMAND --help              more about a command

\b
Exit codes:
  0    all is well
  1    something fails, or Py Pinger cannot start
  2    what was given cannot be used: the configuration, or an argument
  130  ended by Ctrl-C
"""

add_completion_class(Bash)


class Commands(click.Group):
    """Commands that end without a word on Ctrl-C, and with the exit code that shells have for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command, and nothing that the others need."""
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what each command does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return the commands that begin so, and the options."""
        begun = ((name, what) for name, what in COMMANDS.items() if name.startswith(incomplete))
        commands = [CompletionItem(name, help=what) for name, what in begun]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that is asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(EXIT_INTERRUPTED)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_HELP,
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
        command: click.Command = import_module(f"py_pinger.cli.commands.{name}").command
    return command


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Nothing that is loaded becomes garbage, and to look for it takes a seventh of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
