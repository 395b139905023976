"""`pinger silence`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path
from socket import gethostname

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.params import LONGEST, DurationParam, TimeParam
from py_pinger.cli.tasks.database import open_shared
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.config.parsing.quoting import nearest
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean, count, duration, timestamp
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import ZERO

_HELP = """\b
PATTERN matches the URL of a task, its name, and the process or server that its
page names. * matches any text, ? any one character, in any case of letters.

\b
Silenced tasks are still checked and shown. Tasks that are failing when the
silence ends are notified then; those that failed and recovered meanwhile are
not. A running Py Pinger applies a silence within two seconds.

\b
Examples:
  pinger silence 'https://my-backend.com/*' --for 2h --why "new database"
  pinger silence db-1 --until 2026-11-22T18:00:00Z

\b
Exit codes:
  0    the silence was created
  1    cannot write to the database
  2    invalid configuration or arguments
"""

# Up to this number, the silenced tasks are named.
_NAMED = 5
_LONGEST_WHY = 200


@click.command("silence", epilog=_HELP)
@config_option
@click.argument("pattern", shell_complete=complete_task)
@click.option("--for", "length", type=DurationParam(), metavar="DURATION", help="For example 90m, 2h or 1d.")
@click.option(
    "--until", type=TimeParam(), metavar="TIME", help="End of the silence, in UTC unless it has an offset."
)
@click.option("--why", default="", metavar="TEXT", help="A comment to show with the silence.")
def command(
    config: Path | None, pattern: str, length: timedelta | None, until: datetime | None, why: str
) -> None:
    """Suppress notifications about tasks for some time."""
    now = datetime.now(UTC)
    ends, pattern = _end(length, until, now), mask(clean(pattern))
    if not pattern:
        raise UsageProblem("The pattern is empty. Specify a URL, a name, or * for all tasks.")
    with open_shared(load_settings(config)) as store:
        snapshots = store.task_snapshots()
        silence = store.silences.create(pattern, now, ends, clean(why, _LONGEST_WHY), _who())
    silenced = [each for each in snapshots if matches(pattern, TaskLabels.of(each).all())]
    click.echo(
        f"Created silence {silence.id}: {_named(silenced)} silenced until {timestamp(ends)}"
        f" ({duration(ends - now)})."
    )
    if not silenced:
        click.echo(f"Warning: {pattern} currently matches no task{_suggestion(pattern, snapshots)}", err=True)


def _end(length: timedelta | None, until: datetime | None, now: datetime) -> datetime:
    if (length is None) == (until is None):
        raise click.UsageError("Specify either --for DURATION or --until TIME.")
    ends = until or now + (length or ZERO)
    if not now < ends <= now + LONGEST:
        raise UsageProblem(
            f"--until {timestamp(ends)} is out of range; use a time within the next {LONGEST.days} days."
        )
    return ends


def _who() -> str:
    """Return the user and the machine; for root by sudo, the user who called sudo."""
    try:
        name = os.environ.get("SUDO_USER") or getuser()
    except (KeyError, OSError):  # a user without a name
        name = f"user {os.getuid()}"
    return clean(f"{name} on {gethostname()}")


def _named(snapshots: Sequence[TaskSnapshot]) -> str:
    names = [clean(each.name or each.url) for each in snapshots]
    if not names or len(names) > _NAMED:
        return count(len(names), "task")
    return f"{count(len(names), 'task')} ({', '.join(names)})"


def _suggestion(pattern: str, snapshots: Sequence[TaskSnapshot]) -> str:
    names = [name for each in snapshots for name in TaskLabels.of(each).all() if name]
    near = nearest(pattern.strip("*"), names)
    return f"; did you mean {clean(near)}?" if near else "."
