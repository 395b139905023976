"""`pinger unsilence`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, loaded
from py_pinger.cli.database import visiting
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.core.suppression.silence import Silence
from py_pinger.core.text.formatting import clean
from py_pinger.core.text.urls import mask

_HELP = """\b
Examples:
  pinger unsilence 3
  pinger unsilence 'https://my-backend.com/*'

\b
Exit codes:
  0    ended
  1    no such silence is in force, or the database could not be written
  2    unusable configuration
"""


@click.command("unsilence", epilog=_HELP)
@config_option
@click.argument("silence", metavar="ID|PATTERN")
@click.pass_context
def command(context: click.Context, config: Path | None, silence: str) -> None:
    """End silences at once: the one of this number, or all with exactly this pattern."""
    now, pattern = datetime.now(UTC), mask(clean(silence))
    with visiting(loaded(config)) as visit:
        in_force = visit.silences.active(now)
        ended = [each for each in in_force if silence == str(each.id) or pattern == each.pattern]
        visit.silences.end([each.id for each in ended], now)
    for each in ended:
        click.echo(f"Silence {each.id} has ended: {each.pattern}. What fails now is told.")
    if not ended:
        click.echo(f"No silence in force is {pattern}; {_known(in_force)}.", err=True)
        context.exit(EXIT_FAILURE)


def _known(in_force: tuple[Silence, ...]) -> str:
    if not in_force:
        return "there is none"
    return f"there are {', '.join(f'{each.id} ({each.pattern})' for each in in_force)}"
