"""`pinger check`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from py_pinger.cli import check_output
from py_pinger.cli.check_once import check_once
from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.params import TimeParam
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.cli.tasks.task_selection import select_configured
from py_pinger.core.model.check import Status

_HELP = """\b
Examples:
  pinger check
  pinger check https://my-backend.com/task1
  pinger check "Nightly import"
  pinger check --at 2026-11-22T10:05:00Z --json

\b
Exit codes:
  0    no task fails
  1    a task fails
  2    invalid configuration or arguments
"""


@click.command("check", epilog=_HELP)
@config_option
@click.argument("wanted", nargs=-1, metavar="[URL|NAME]...", shell_complete=complete_task)
@click.option("--at", type=TimeParam(), metavar="TIME", help="Evaluate as of this time instead of now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(
    context: click.Context, config: Path | None, wanted: Sequence[str], at: datetime | None, *, as_json: bool
) -> None:
    """Check all tasks, or those with a URL or a name, once, and explain the verdicts."""
    settings = load_settings(config, needed=not wanted)
    tasks = select_configured(settings, wanted)
    with check_output.progress(len(tasks), shown=not as_json) as advance:
        results = asyncio.run(check_once(settings, tasks, at, advance))
    if as_json:
        click.echo(check_output.results_as_json(results))
    else:
        check_output.print_results(results)
    if any(result.verdict.status is Status.ERROR for result in results):
        context.exit(EXIT_FAILURE)
