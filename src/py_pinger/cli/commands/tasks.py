"""`pinger tasks`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from py_pinger.cli import shell_completion
from py_pinger.cli.config_file import config_option
from py_pinger.cli.output import as_csv, as_json
from py_pinger.cli.task_source import chosen, task_source, url_option

_HELP = """\b
The keys are those of the API, in its order. In CSV, lists are JSON, what is
not known is empty, and a text that a spreadsheet would take for a formula has
a ' before it.

\b
Examples:
  pinger tasks --csv > tasks.csv
  pinger tasks --json | jq -r '.[] | select(.status == "error") | .url'

\b
Exit codes:
  0    here they are
  2    nothing can be told: unusable configuration, no server and no database,
       or no task that PATTERN means
"""


@click.command("tasks", epilog=_HELP)
@config_option
@url_option
@click.argument("pattern", required=False, shell_complete=shell_completion.patterns)
@click.option("--csv", "in_csv", is_flag=True, help="Print comma-separated values under a heading.")
@click.option("--json", "in_json", is_flag=True, help="Print a JSON list with an object for each task.")
def command(
    config: Path | None, url: str | None, pattern: str | None, *, in_csv: bool, in_json: bool
) -> None:
    """List the tasks for programs, with all that is known of each."""
    if in_csv == in_json:
        raise click.UsageError("Choose one of --csv and --json; for people there is `pinger status`.")
    rows = chosen(task_source(config, url, os.environ).seen(), pattern, failing=False).rows
    click.echo(as_csv(rows) if in_csv else as_json(rows), nl=in_json)
