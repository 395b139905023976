"""`pinger replay`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from py_pinger.cli.config_file import load_pair
from py_pinger.cli.exits import EXIT_FAILURE, CannotStart, UsageProblem
from py_pinger.cli.params import SinceParam, start_of
from py_pinger.cli.replay import replay_output
from py_pinger.cli.replay.replay_tasks import replay_tasks
from py_pinger.config import with_items
from py_pinger.core.discovery.discovery import names_by_page
from py_pinger.store import StoreError
from py_pinger.store.external import ReadOnlyStore

_HELP = """\b
Examples:
  pinger replay --config new.ini               try new.ini on the last 7 days
  pinger replay --config new.ini --since 24h --tasks "*import*"
  pinger replay --against pinger.ini.old       show the effect of recent changes

\b
Exit codes:
  0    the notifications would have been the same
  1    they would have been different, or cannot read the history
  2    invalid configuration or arguments, or no task matches PATTERN
"""


@click.command("replay", epilog=_HELP)
@click.option("--config", type=click.Path(path_type=Path), metavar="NEW.INI", help="The settings to try.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD.INI",
    help="The settings that were in use; by default the pinger.ini that is found.",
)
@click.option(
    "--database", metavar="URL", help="The database to read; by default the one in the old settings."
)
@click.option(
    "--since", type=SinceParam(), default="7d", show_default=True, help="For example 24h, 7d or 2026-11-20."
)
@click.option("--tasks", default="*", metavar="PATTERN", help="The tasks to replay, for example *import*.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(
    context: click.Context,
    config: Path | None,
    against: Path | None,
    database: str | None,
    since: datetime | timedelta,
    tasks: str,
    *,
    as_json: bool,
) -> None:
    """Show which notifications other settings would have caused in the past.

    Lists additional, missing and shifted notifications. Sends and writes nothing; Py Pinger may be running.
    """
    old, new = load_pair(against, config)
    at = start_of(since, datetime.now(UTC))
    try:
        with closing(ReadOnlyStore.open(database or old.main.database)) as store:
            items = names_by_page(store.discovered_items())
            before, after = (with_items(each, items) for each in (old, new))
            report = replay_tasks(store, before, after, at, tasks)
    except StoreError as error:
        raise CannotStart(f"Cannot read the history: {error}.") from None
    if not (report.tasks or report.unknown):
        raise UsageProblem(f"No task matches {tasks!r}. Use * as a wildcard, for example '*{tasks}*'.")
    if as_json:
        click.echo(replay_output.report_as_json(report))
    else:
        replay_output.print_report(report)
    context.exit(EXIT_FAILURE if report.differs else 0)
