"""`pinger status`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from rich.console import Console

from py_pinger.cli.config_file import config_option
from py_pinger.cli.exits import EXIT_FAILURE, UsageProblem
from py_pinger.cli.output import as_json as to_json
from py_pinger.cli.tasks import live_screen, table
from py_pinger.cli.tasks.snapshot import Snapshot
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.cli.tasks.task_source import select_tasks, task_source, url_option
from py_pinger.web.tasks.summary import count_rows, headline

_HELP = """\b
PATTERN matches the URL of a task, its name, and the process or server that its
page names. * matches any text, ? any one character, in any case of letters.
A text without wildcards that matches no task may also be a part of these.

\b
If the server does not respond, the tasks are read from the database. A server
with a password uses the variable PINGER_PASSWORD, or else ~/.netrc.

\b
Examples:
  pinger status
  pinger status --failing --watch
  pinger status '*billing*' --json
  pinger status --url https://monitoring.example-domain.com

\b
Exit codes:
  0    all shown tasks are fine
  1    a shown task needs attention
  2    invalid configuration or arguments, no server and no database, or no task
       matches PATTERN
"""


@click.command("status", epilog=_HELP)
@config_option
@url_option
@click.argument("pattern", required=False, shell_complete=complete_task)
@click.option("--failing", is_flag=True, help="Show only tasks that need attention.")
@click.option("--watch", is_flag=True, help="Refresh every 2 seconds; press q to quit.")
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
    """Show the status of all tasks, or of those matching PATTERN."""
    console = Console()
    if watch and (as_json or not console.is_terminal or not sys.stdin.isatty()):
        raise UsageProblem("--watch requires a terminal; omit it to show the tasks once.")
    source = task_source(config, url, os.environ)

    def read() -> Snapshot:
        return select_tasks(source.snapshot(), pattern, failing=failing)

    if watch:
        snapshot = live_screen.watch(console, read)
    else:
        snapshot = read()
        _show(console, snapshot, as_json=as_json)
    if table.anything_fails(snapshot.rows):
        context.exit(EXIT_FAILURE)


def _show(console: Console, snapshot: Snapshot, *, as_json: bool) -> None:
    rows, text = snapshot.rows, f"{headline(count_rows(snapshot.rows))}. {snapshot.description()}"
    if as_json:
        fields = {"source": snapshot.source, "place": snapshot.place, "at": snapshot.as_of, "data": rows}
        click.echo(to_json(fields))
    elif console.is_terminal:
        console.print(text, highlight=False, markup=False)
        console.print(table.styled(table.urgent_first(rows), snapshot.at, console.width))
    else:
        click.echo(text)
        for line in table.plain(rows, snapshot.at):
            click.echo(line)
