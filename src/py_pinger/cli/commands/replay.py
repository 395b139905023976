"""`pinger replay`."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from py_pinger.cli import replay_output
from py_pinger.cli.config_file import loaded_both
from py_pinger.cli.exits import EXIT_FAILURE, CannotStart
from py_pinger.cli.params import Since, begun
from py_pinger.cli.replay_tasks import replay_tasks
from py_pinger.store import ReadOnlyStore, StoreError

_HELP = """\b
Examples:
  pinger replay --config new.ini               what new.ini would have told in the last 7 days
  pinger replay --config new.ini --since 24h --tasks "*import*"
  pinger replay --against pinger.ini.old       what the present file has changed

\b
Exit codes:
  0    the same would have been told
  1    something else would have been told, or there is no history to be read
  2    unusable configuration; each problem is a sentence
"""


@click.command("replay", epilog=_HELP)
@click.option("--config", type=click.Path(path_type=Path), metavar="NEW.INI", help="The settings to try.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD.INI",
    help="The settings that the tasks were watched with; by default pinger.ini as it is found.",
)
@click.option("--database", metavar="URL", help="The database to read; by default that of the old settings.")
@click.option("--since", type=Since(), default="7d", show_default=True, help="Like 24h, 7d or 2026-11-20.")
@click.option("--tasks", default="*", metavar="PATTERN", help="URLs or names to replay, like *import*.")
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
    """Show what other settings would have made of the stored history.

    Which alerts more, which fewer, which at another time. Nothing is sent or written, and Py Pinger may go
    on running meanwhile.
    """
    old, new = loaded_both(against, config)
    at = begun(since, datetime.now(UTC))
    try:
        with closing(ReadOnlyStore.open(database or old.main.database)) as archive:
            rehearsal = replay_tasks(archive, old.tasks, new.tasks, at, tasks)
    except StoreError as error:
        raise CannotStart(f"There is nothing to replay: {error}") from None
    if as_json:
        click.echo(replay_output.as_json(rehearsal))
    else:
        replay_output.print_report(rehearsal)
    context.exit(EXIT_FAILURE if rehearsal.differs else 0)
