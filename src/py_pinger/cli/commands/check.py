"""`pinger check`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from py_pinger.cli import check_output, shell_completion
from py_pinger.cli.check_once import check_once
from py_pinger.cli.config_file import config_option, loaded
from py_pinger.cli.exits import EXIT_FAILURE, UsageProblem
from py_pinger.cli.params import Moment
from py_pinger.config import ConfigError, Settings, task_at
from py_pinger.core.model.check import Status
from py_pinger.core.model.task import Task

_HELP = """\b
Examples:
  pinger check
  pinger check https://my-backend.com/task1
  pinger check --at 2026-11-22T10:05:00Z --json

\b
Exit codes:
  0    all is well
  1    something fails
  2    unusable configuration, or what is no URL
"""


@click.command("check", epilog=_HELP)
@config_option
@click.argument("urls", nargs=-1, metavar="[URL]...", shell_complete=shell_completion.urls)
@click.option("--at", type=Moment(), metavar="TIME", help="Judge as of this moment instead of now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(
    context: click.Context, config: Path | None, urls: Sequence[str], at: datetime | None, *, as_json: bool
) -> None:
    """Ask each URL once, or every configured task, and explain the verdicts."""
    settings = loaded(config, needed=not urls)
    tasks = _chosen(settings, urls)
    with check_output.progress(len(tasks), shown=not as_json) as advance:
        found = asyncio.run(check_once(settings, tasks, at, advance))
    if as_json:
        click.echo(check_output.as_json(found))
    else:
        check_output.print_results(found)
    if any(finding.verdict.status is Status.ERROR for finding in found):
        context.exit(EXIT_FAILURE)


def _chosen(settings: Settings, urls: Sequence[str]) -> Sequence[Task]:
    """Return the tasks at the URLs, with their own settings where they are configured; all without URLs."""
    if not urls:
        return settings.tasks
    try:
        return [task_at(url, settings) for url in urls]
    except ConfigError as error:
        raise UsageProblem("\n".join(error.problems)) from None
