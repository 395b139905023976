"""`pinger unsilence`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.tasks.database import open_shared
from py_pinger.core.suppression.silence import Silence
from py_pinger.core.text.formatting import clean
from py_pinger.core.text.urls import mask

_HELP = """\b
Examples:
  pinger unsilence 3
  pinger unsilence 'https://my-backend.com/*'

\b
Exit codes:
  0    the silences were ended
  1    no active silence matches, or cannot write to the database
  2    invalid configuration or arguments
"""


@click.command("unsilence", epilog=_HELP)
@config_option
@click.argument("silence", metavar="ID|PATTERN")
@click.pass_context
def command(context: click.Context, config: Path | None, silence: str) -> None:
    """End the silence with a number, or all silences with a pattern."""
    now, pattern = datetime.now(UTC), mask(clean(silence))
    with open_shared(load_settings(config)) as store:
        active = store.silences.active(now)
        ended = [
            each
            for each in active
            if silence == str(each.id) or pattern.casefold() == each.pattern.casefold()
        ]
        store.silences.end([each.id for each in ended], now)
    for each in ended:
        click.echo(f"Silence {each.id} ({each.pattern}) ended; notifications resume.")
    if not ended:
        click.echo(f"No active silence is {pattern}; {_known(active)}.", err=True)
        context.exit(EXIT_FAILURE)


def _known(active: tuple[Silence, ...]) -> str:
    if not active:
        return "there are no active silences"
    return f"active are {', '.join(f'{each.id} ({each.pattern})' for each in active)}"
