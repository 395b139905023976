"""`pinger unsilence`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.suppression.suppression_place import Destination, destination_options, open_place
from py_pinger.core.text.formatting import clean
from py_pinger.core.text.urls import mask

_HELP = """\b
Examples:
  pinger unsilence 3
  pinger unsilence 'https://my-backend.com/*'

\b
Exit codes:
  0    the silences were ended
  1    no active silence matches, or the change could not be stored
  2    invalid configuration or arguments
"""


@click.command("unsilence", epilog=_HELP)
@destination_options
@click.argument("silence", metavar="ID|PATTERN")
@click.pass_context
def command(context: click.Context, silence: str, *, destination: Destination) -> None:
    """End the silence with a number, or all silences with a pattern."""
    pattern = mask(clean(silence))
    with open_place(destination, os.environ) as place:
        active = place.patterns()
        ended = {
            number: each
            for number, each in active.items()
            if silence == str(number) or pattern.casefold() == each.casefold()
        }
        place.end([*ended])
    for number, each in ended.items():
        click.echo(f"Silence {number} ({each}) ended; notifications resume.")
    if not ended:
        click.echo(f"No active silence is {pattern}; {_known(active)}.", err=True)
        context.exit(EXIT_FAILURE)


def _known(active: Mapping[int, str]) -> str:
    if not active:
        return "there are no active silences"
    return f"active are {', '.join(f'{number} ({each})' for number, each in active.items())}"
