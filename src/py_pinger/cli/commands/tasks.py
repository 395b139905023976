"""`pinger tasks`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option
from py_pinger.cli.output import as_json
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.cli.tasks.task_csv import as_csv
from py_pinger.cli.tasks.task_source import select_tasks, task_source, url_option

_HELP = """\b
The keys are those of the API, in the same order. In CSV, lists are JSON,
unknown values are empty, and a text that a spreadsheet would read as a formula
begins with '.

\b
Examples:
  pinger tasks --csv > tasks.csv
  pinger tasks --json | jq -r '.[] | select(.status == "error") | .url'

\b
Exit codes:
  0    the tasks were printed
  2    invalid configuration or arguments, no server and no database, or no task
       matches PATTERN
"""


@click.command("tasks", epilog=_HELP)
@config_option
@url_option
@click.argument("pattern", required=False, shell_complete=complete_task)
@click.option("--csv", "in_csv", is_flag=True, help="Print comma-separated values with a heading.")
@click.option("--json", "in_json", is_flag=True, help="Print a JSON list with an object for each task.")
def command(
    config: Path | None, url: str | None, pattern: str | None, *, in_csv: bool, in_json: bool
) -> None:
    """Print all data about the tasks, for programs."""
    if in_csv == in_json:
        raise click.UsageError("Specify either --csv or --json; for people there is `pinger status`.")
    rows = select_tasks(task_source(config, url, os.environ).snapshot(), pattern, failing=False).rows
    click.echo(as_csv(rows) if in_csv else as_json(rows), nl=in_json)
