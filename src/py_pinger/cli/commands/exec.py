"""`pinger exec`, of the distribution pinger-report; here for the help, the completion and the manual page.

The entry point runs it without loading this.
"""

from __future__ import annotations

from typing import Final

import click
from pinger_report.command.main import main
from pinger_report.command.options import EPILOG, OPTIONS

_ARGUMENTS: Final = "arguments of exec"


class Exec(click.Command):
    """A command whose arguments are parsed by pinger-report."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments as they are; only help is printed from here."""
        if {"-h", "--help"} & set(args[: args.index("--")] if "--" in args else args):
            return super().parse_args(ctx, ["--help"])
        ctx.meta[_ARGUMENTS] = args
        return []

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and end with its exit code."""
        ctx.exit(main(ctx.meta[_ARGUMENTS]))


def _parameters() -> list[click.Parameter]:
    """Return the options for people who read the help."""
    options = [
        click.Option([each.name], metavar=each.metavar, is_flag=not each.metavar, help=_sentence(each.help))
        for each in OPTIONS
    ]
    return [*options, click.Argument(["command"], nargs=-1, metavar="-- COMMAND [ARGUMENT]...")]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


command = Exec(
    "exec",
    params=_parameters(),
    help="Run a command and report its runs, so that it is monitored as a task.\n\n"
    "The exit code is the command's: 128 + N after signal N, 127 or 126 if it cannot be started.",
    epilog="\n\n".join(f"\b\n{paragraph}" for paragraph in EPILOG.split("\n\n")),
)
