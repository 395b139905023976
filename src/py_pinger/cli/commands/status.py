"""`pinger status`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from py_pinger.cli import live_screen, shell_completion, table
from py_pinger.cli.config_file import config_option
from py_pinger.cli.exits import EXIT_FAILURE, UsageProblem
from py_pinger.cli.output import as_json as in_json
from py_pinger.cli.snapshot import Snapshot
from py_pinger.cli.task_source import TaskSource, chosen, task_source, url_option
from py_pinger.web.view.summary import headline

_HELP = """\b
A PATTERN means tasks by their URL as it is shown, their name, and what their
pages say of process and server; * is any text and ? any one character, in any
case of the letters.

\b
Where no server answers, the database is read, and said to be. A server with
a password takes that of the variable PINGER_PASSWORD or of ~/.netrc.

\b
Examples:
  pinger status
  pinger status --failing --watch
  pinger status '*billing*' --json
  pinger status --url https://monitoring.example-domain.com

\b
Exit codes:
  0    all that is shown is well
  1    something that is shown needs people
  2    nothing can be told: unusable configuration, no server and no database,
       or no task that PATTERN means
"""


@click.command("status", epilog=_HELP)
@config_option
@url_option
@click.argument("pattern", required=False, shell_complete=shell_completion.patterns)
@click.option("--failing", is_flag=True, help="Show what needs people alone.")
@click.option("--watch", is_flag=True, help="Stay, and show it anew every 2 s; q ends it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(
    context: click.Context,
    config: Path | None,
    url: str | None,
    pattern: str | None,
    *,
    failing: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Show how the tasks are: all, or those that PATTERN means."""
    console = Console()
    if watch and (as_json or not console.is_terminal or not sys.stdin.isatty()):
        raise UsageProblem("--watch needs a terminal: leave it out to have the tasks once.")
    place = task_source(config, url, os.environ)
    if watch:
        seen = _watched(console, place, pattern, failing=failing)
    else:
        seen = chosen(place.seen(), pattern, failing=failing)
        _show(console, seen, as_json=as_json)
    if table.anything_fails(seen.rows):
        context.exit(EXIT_FAILURE)


def _watched(console: Console, place: TaskSource, pattern: str | None, *, failing: bool) -> Snapshot:
    return live_screen.watch(console, lambda: chosen(place.seen(), pattern, failing=failing))


def _show(console: Console, seen: Snapshot, *, as_json: bool) -> None:
    if as_json:
        told = {"source": seen.source, "place": seen.place, "at": seen.known, "data": seen.rows}
        click.echo(in_json(told))
    elif console.is_terminal:
        console.print(f"{headline(seen.rows)}. {seen.told()}", highlight=False, markup=False)
        console.print(table.coloured(seen.rows, seen.at, console.width))
    else:
        click.echo(f"{headline(seen.rows)}. {seen.told()}")
        for line in table.plain(seen.rows, seen.at):
            click.echo(line)
