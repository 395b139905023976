"""`pinger unack`."""

from __future__ import annotations

import os

import click

from py_pinger.cli.exits import CannotStart
from py_pinger.cli.suppression.acknowledging import require_tasks
from py_pinger.cli.suppression.chosen_tasks import named
from py_pinger.cli.suppression.suppression_place import Destination, destination_options, open_place
from py_pinger.cli.tasks.task_completion import complete_task

_HELP = """\b
The tasks are checked again within seconds, and a reminder is sent if they
still fail.

\b
Examples:
  pinger unack "Nightly import"

\b
Exit codes:
  0    the acknowledgements were withdrawn
  1    no matching task is acknowledged, or the change could not be stored
  2    invalid configuration or arguments, or no task matches TASK
"""


@click.command("unack", epilog=_HELP)
@destination_options
@click.argument("task", shell_complete=complete_task)
def command(task: str, *, destination: Destination) -> None:
    """Withdraw the acknowledgements of failing tasks."""
    with open_place(destination, os.environ) as place:
        chosen = require_tasks(place, task)
        urls = set(place.withdraw([each.url for each in chosen]))
    withdrawn = [each for each in chosen if each.url in urls]
    if not withdrawn:
        raise CannotStart(f"No changes were made: {named(chosen)} matching, but not acknowledged.")
    click.echo(f"Withdrew the acknowledgement of {named(withdrawn)}; notifications resume.")
