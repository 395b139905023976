"""`pinger look`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.look import look_output
from py_pinger.cli.look.look_once import explain_page, request_page
from py_pinger.cli.tasks.task_completion import complete_task
from py_pinger.cli.tasks.task_selection import select_one

_HELP = """\b
Examples:
  pinger look https://backup.example.com/api/jobs
  pinger look "Nightly photos"                 with the credentials of that task
  pinger look https://ci.example.com/api --place 2

\b
Exit codes:
  0    the page states moments
  1    the page cannot be read, or states none
  2    invalid configuration or arguments
"""


@click.command("look", epilog=_HELP)
@config_option
@click.argument("wanted", metavar="URL|NAME", shell_complete=complete_task)
@click.option(
    "--place",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Print the sections for this place instead of the best.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def command(
    context: click.Context, config: Path | None, wanted: str, number: int | None, *, as_json: bool
) -> None:
    """Find the moments on a page, and print the sections of pinger.ini that monitor it.

    Requests the page with the settings of its task. A NAME is that of a task in pinger.ini, or of an item of
    its page.
    """
    settings = load_settings(config, needed=False)
    task = select_one(settings, wanted)
    page = asyncio.run(request_page(settings, task))
    now = datetime.now(UTC)
    result = explain_page(settings, task, page, now, number)
    if as_json:
        click.echo(look_output.places_as_json(settings, result, now))
    elif result.survey.places or result.is_contract:
        look_output.print_places(settings, result, now)
    if not (result.survey.places or result.is_contract):
        click.echo(look_output.why_nothing(result), err=True)
        context.exit(EXIT_FAILURE)
