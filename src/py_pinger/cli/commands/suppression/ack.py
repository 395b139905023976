"""`pinger ack`."""

from __future__ import annotations

import os

import click

from py_pinger.cli.suppression.acknowledging import acknowledge
from py_pinger.cli.suppression.suppression_place import Destination, destination_options, open_place
from py_pinger.cli.tasks.task_completion import complete_task

_HELP = """\b
TASK matches the URL of a task, its name, and the process or server that its
page names. * matches any text, ? any one character, in any case of letters.

\b
Of the matching tasks, those that fail now are acknowledged. When a task is ok
again, its recovery is sent, and the acknowledgement is over.

\b
Examples:
  pinger ack "Nightly import" --why "restoring the backup"
  pinger ack 'db-*' --server https://pinger.example.com --token-file token

\b
Exit codes:
  0    the incidents were acknowledged
  1    no matching task fails, or the change could not be stored
  2    invalid configuration or arguments, or no task matches TASK
"""


@click.command("ack", epilog=_HELP)
@destination_options
@click.argument("task", shell_complete=complete_task)
@click.option("--why", default="", metavar="TEXT", help="A comment to show with the incident.")
def command(task: str, why: str, *, destination: Destination) -> None:
    """Acknowledge failing tasks: no further notifications until they are ok."""
    with open_place(destination, os.environ) as place:
        acknowledge(place, task, why)
