"""`pinger silence`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from getpass import getuser
from pathlib import Path
from socket import gethostname

import click

from py_pinger.cli import shell_completion
from py_pinger.cli.config_file import config_option, loaded
from py_pinger.cli.database import visiting
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.params import LONGEST, Length, Moment
from py_pinger.core.model.incident import TaskSnapshot
from py_pinger.core.suppression.silence import TaskLabels
from py_pinger.core.text.formatting import clean, count, cut, duration, timestamp
from py_pinger.core.text.urls import mask
from py_pinger.core.text.wildcard import matches
from py_pinger.core.times import ZERO

_HELP = """\b
A PATTERN means tasks by their URL as it is shown, their name, and what their
pages say of process and server; * is any text and ? any one character, in any
case of the letters.

\b
Silenced tasks are checked and shown as ever. What still fails when the
silence ends is told then; what has failed and recovered meanwhile never is. A
running Py Pinger heeds a silence within two seconds.

\b
Examples:
  pinger silence 'https://my-backend.com/*' --for 2h --why "new database"
  pinger silence db-1 --until 2026-11-22T18:00:00Z

\b
Exit codes:
  0    silenced
  1    the database could not be written
  2    what was given cannot be used
"""

# Tasks that are named in an answer; the rest are counted.
_NAMED = 5
_LONGEST_WHY = 200


@click.command("silence", epilog=_HELP)
@config_option
@click.argument("pattern", shell_complete=shell_completion.patterns)
@click.option("--for", "length", type=Length(), metavar="LENGTH", help="How long: 90m, 2h, 1d.")
@click.option("--until", type=Moment(), metavar="TIME", help="Or until when; without an offset it is UTC.")
@click.option("--why", default="", metavar="TEXT", help="What to show beside it.")
def command(
    config: Path | None, pattern: str, length: timedelta | None, until: datetime | None, why: str
) -> None:
    """Tell nobody about some tasks for a while."""
    now = datetime.now(UTC)
    ends, meant = _end(length, until, now), mask(clean(pattern))
    if not meant:
        raise UsageProblem("The pattern is empty: give a URL, a name, or * for all tasks.")
    with visiting(loaded(config)) as visit:
        snapshots = visit.task_snapshots()
        silence = visit.silences.create(meant, now, ends, cut(clean(why), _LONGEST_WHY), _who())
    silenced = [each for each in snapshots if matches(meant, TaskLabels.of(each).all())]
    click.echo(
        f"Silence {silence.id}: nobody is told of {_named(silenced)} until {timestamp(ends)},"
        f" for {duration(ends - now)}."
    )
    if not silenced:
        click.echo(f"Warning: {meant} means no task now{_nearest(meant, snapshots)}", err=True)


def _end(length: timedelta | None, until: datetime | None, now: datetime) -> datetime:
    if (length is None) == (until is None):
        raise click.UsageError("Say how long, in one of the two ways: --for 2h, or --until TIME.")
    ends = until or now + (length or ZERO)
    if not now < ends <= now + LONGEST:
        raise UsageProblem(f"--until {timestamp(ends)} is not between now and {LONGEST.days} days from now.")
    return ends


def _who() -> str:
    """Return who asks, and where; whoever became root for it by their own name."""
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


def _nearest(pattern: str, snapshots: Sequence[TaskSnapshot]) -> str:
    names = [name for each in snapshots for name in TaskLabels.of(each).all() if name]
    near = get_close_matches(pattern.strip("*"), names, n=1, cutoff=0.5)
    return f"; did you mean {clean(near[0])}?" if near else "."
