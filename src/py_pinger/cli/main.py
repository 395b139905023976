"""`pinger` itself: the table of its commands, each loaded when it is used."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from typing import Final

import click
from click.shell_completion import CompletionItem, add_completion_class

from py_pinger import __version__
from py_pinger.cli.exits import EXIT_INTERRUPTED
from py_pinger.cli.shell_completion import Bash

# Each is the `command` in the module of its name. Help and completion list them in this order, with these
# sentences, without loading any.
COMMANDS: Final[Mapping[str, str]] = {
    "run": "Monitor the tasks, send notifications and serve the web pages.",
    "exec": "Run a command and report its runs, so that it is monitored as a task.",
    "check": "Check all tasks, or those with a URL or a name, once, and explain the verdicts.",
    "look": "Find the moments on a page, and print the sections of pinger.ini that monitor it.",
    "push": "Print the URLs to which tasks send their reports, with lines to copy.",
    "import": "Print the sections of pinger.ini for the checks of another program.",
    "status": "Show the status of all tasks, or of those matching PATTERN.",
    "nodes": "Show the nodes of a cluster, what each owns, and how nodes ended in the last day.",
    "tasks": "Print all data about the tasks, for programs.",
    "silence": "Suppress notifications about tasks for some time.",
    "silences": "List the active silences, the acknowledgements and the maintenance windows.",
    "unsilence": "End the silence with a number, or all silences with a pattern.",
    "ack": "Acknowledge failing tasks: no further notifications until they are ok.",
    "unack": "Withdraw the acknowledgements of failing tasks.",
    "announce": "Announce a text on a status page, list what is announced, or withdraw it.",
    "config": "Print the effective settings with secrets masked, or all their problems.",
    "replay": "Show which notifications other settings would have caused in the past.",
    "notify": "Send a test message to each channel, and print the results.",
    "password": "Print the web_password line for [main] in pinger.ini, with the hash of a password.",
    "token": "Print a new token for programs, and its line for [api] in pinger.ini.",
    "completion": "Print a script that completes commands, options and tasks in a shell.",
    "manual": "Print the manual page.",
}

# Where the modules of the commands are.
_COMMANDS: Final = "py_pinger.cli.commands"
_FOLDERS: Final[Mapping[str, str]] = dict.fromkeys(
    ("silence", "silences", "unsilence", "ack", "unack"), f"{_COMMANDS}.suppression"
)

# The options that may stand before the command, and whether a value follows.
_LEADING: Final[Mapping[str, bool]] = {"--config": True, "--port": True, "--demo": False}

# Below this similarity (0 to 1) a suggestion is more puzzling than helpful.
_SIMILARITY: Final = 0.6

_HELP: Final = """\b
Examples:
  pinger run --demo                  monitor an invented shop; needs no file
  pinger config --template > pinger.ini
  pinger                             monitor the tasks in pinger.ini
  pinger status --failing            show the tasks that need attention
  pinger COMMAND --help              show the help of a command

\b
Exit codes:
  0    success
  1    failure: a task fails, or Py Pinger cannot start
  2    usage error: invalid configuration or arguments
  130  interrupted by Ctrl-C
"""

add_completion_class(Bash)


class Commands(click.Group):
    """The commands; Ctrl-C ends each without a message, with the usual exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command, and nothing that only the others need."""
        return _load(cmd_name) if cmd_name in COMMANDS else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, with `run` as the default command of options such as --demo."""
        return super().parse_args(ctx, command_first(args))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command and its arguments; fail with the most similar command if there is none."""
        near = get_close_matches(args[0], COMMANDS, n=1, cutoff=_SIMILARITY)
        if args[0] not in COMMANDS and near and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what each command does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Return the commands that begin with a text, and the options."""
        begun = ((name, text) for name, text in COMMANDS.items() if name.startswith(incomplete))
        commands = [CompletionItem(name, help=text) for name, text in begun]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was given."""
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
@click.option("--config", metavar="FILE", expose_value=False, help="Use this ini file; for all commands.")
@click.option("--demo", is_flag=True, expose_value=False, help="Monitor an invented shop, as `run --demo`.")
@click.option("--port", metavar="N", expose_value=False, help="Listen on this port, as `run --port`.")
@click.version_option(__version__, prog_name="Py Pinger")
@click.pass_context
def main(context: click.Context) -> None:
    """Monitor the freshness of scheduled tasks by their status pages, and notify when one is late or fails.

    Without a command, the same as `run`.
    """
    _replace_unencodable()
    if context.invoked_subcommand is None:
        context.invoke(_load("run"))


def command_first(args: Sequence[str]) -> list[str]:
    """Return the arguments with the options that a command has moved behind it.

    `run` by default.
    """
    rest, leading = list(args), []
    while rest and (name := rest[0].partition("=")[0]) in _LEADING:
        length = 2 if _LEADING[name] and "=" not in rest[0] else 1
        leading += rest[:length]
        rest = rest[length:]
    if not leading or (rest and rest[0].startswith("-")):
        return list(args) if not leading else ["run", *args]
    return [rest[0], *leading, *rest[1:]] if rest else ["run", *leading]


def _replace_unencodable() -> None:
    """Print a question mark for characters that the output's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _load(name: str) -> click.Command:
    # A search for plugins of pydantic reads the metadata of all packages: 10 ms. Plugins would see secrets.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    with _no_garbage_collection():
        command: click.Command = import_module(f"{_FOLDERS.get(name, _COMMANDS)}.{name}").command
    return command


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Disable garbage collection, and leave out of it for good what exists at the end.

    Importing makes no garbage, and the searches for it take 1/7 of the start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
