"""`pinger push`."""

from __future__ import annotations

from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.push.sender_output import senders_as_json, senders_as_text
from py_pinger.cli.push.senders import is_guessed, senders
from py_pinger.cli.tasks.task_completion import complete_pushed_task

_HELP = """\b
TASK is the name of a task or its slug; * matches any text, ? any one character.
The URLs contain secrets: who knows one can report for its task.

\b
Examples:
  pinger push
  pinger push "Nightly backup"
  pinger push nightly-backup --url https://pinger.example.com
  pinger push --json

\b
Exit codes:
  0    success
  2    invalid configuration or arguments, or no task is pushed
"""


@click.command("push", epilog=_HELP)
@config_option
@click.argument("wanted", metavar="[TASK]", required=False, shell_complete=complete_pushed_task)
@click.option(
    "--url", metavar="URL", help="The address of Py Pinger for senders, instead of the one in the ini file."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def command(config: Path | None, wanted: str | None, url: str | None, *, as_json: bool) -> None:
    """Print the URLs to which tasks send their reports, with lines to copy."""
    settings = load_settings(config)
    found = senders(settings, wanted, url)
    if as_json:
        click.echo(senders_as_json(found))
    else:
        click.echo(senders_as_text(found, guessed=is_guessed(settings, url)), nl=False)
