"""`pinger silence`."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import click

from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.params import LONGEST, DurationParam, TimeParam
from py_pinger.cli.suppression.acknowledging import LONGEST_WHY, acknowledge
from py_pinger.cli.suppression.chosen_tasks import choose, named, read_pattern, suggestion
from py_pinger.cli.suppression.suppression_place import (
    Destination,
    SuppressionPlace,
    destination_options,
    open_place,
)
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.core.text.formatting import clean, duration, timestamp
from py_pinger.core.times import ZERO

_HELP = """\b
PATTERN matches the URL of a task, its name, and the process or server that its
page names. * matches any text, ? any one character, in any case of letters.

\b
Silenced tasks are still checked and shown. Tasks that are failing when the
silence ends are notified then; those that failed and recovered meanwhile are
not. A running Py Pinger applies a silence within two seconds. With --until-ok,
the matching tasks that fail now are silenced until each is ok, as by ack.

\b
Examples:
  pinger silence 'https://my-backend.com/*' --for 2h --why "new database"
  pinger silence db-1 --until 2026-11-22T18:00:00Z
  pinger silence db-1 --until-ok
  pinger silence 'web-*' --for 10m --server https://pinger.example.com

\b
Exit codes:
  0    the silence was created
  1    the silence could not be stored; with --until-ok, no matching task fails
  2    invalid configuration or arguments
"""


@click.command("silence", epilog=_HELP)
@destination_options
@click.argument("pattern", shell_complete=complete_task)
@click.option("--for", "length", type=DurationParam(), metavar="DURATION", help="For example 90m, 2h or 1d.")
@click.option(
    "--until", type=TimeParam(), metavar="TIME", help="End of the silence, in UTC unless it has an offset."
)
@click.option("--until-ok", is_flag=True, help="Silence the failing tasks, each until it is ok.")
@click.option("--why", default="", metavar="TEXT", help="A comment to show with the silence.")
def command(
    pattern: str,
    length: timedelta | None,
    until: datetime | None,
    why: str,
    *,
    until_ok: bool,
    destination: Destination,
) -> None:
    """Suppress notifications about tasks for some time."""
    if [length is not None, until is not None, until_ok].count(True) != 1:
        raise click.UsageError("Specify either --for DURATION, --until TIME or --until-ok.")
    now = datetime.now(UTC)
    if until_ok:
        with open_place(destination, os.environ) as place:
            acknowledge(place, pattern, why)
        return
    ends, text = _end(length, until, now), read_pattern(pattern)
    with open_place(destination, os.environ) as place:
        _silence(place, text, ends, clean(why, LONGEST_WHY), now)


def _silence(place: SuppressionPlace, pattern: str, ends: datetime, why: str, now: datetime) -> None:
    tasks = place.tasks()
    number = place.silence(pattern, ends, why)
    silenced = choose(pattern, tasks)
    click.echo(
        f"Created silence {number}: {named(silenced)} silenced until {timestamp(ends)}"
        f" ({duration(ends - now)})."
    )
    if not silenced:
        click.echo(f"Warning: {pattern} currently matches no task{suggestion(pattern, tasks)}", err=True)


def _end(length: timedelta | None, until: datetime | None, now: datetime) -> datetime:
    ends = until or now + (length or ZERO)
    if not now < ends <= now + LONGEST:
        raise UsageProblem(
            f"--until {timestamp(ends)} is out of range; use a time within the next {LONGEST.days} days."
        )
    return ends
