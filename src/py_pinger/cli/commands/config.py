"""`pinger config`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import click

from py_pinger.cli.config_file import config_option, load_pair, load_settings
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.cli.output import as_json as to_json
from py_pinger.config import Difference, differences, masked_ini
from py_pinger.config.schema.presets import presets

_HELP = """\b
Examples:
  pinger config --template > pinger.ini     begin with all keys, explained
  pinger config                             validate the configuration
  pinger config --against old.ini           show what changed since old.ini

\b
Exit codes:
  0    the configuration is valid; with --against: there is no difference
  1    with --against: there are differences
  2    invalid configuration or arguments
"""


def _print_template(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        click.echo(files("py_pinger").joinpath("pinger.ini.template").read_text("utf-8"), nl=False)
        context.exit()


def _print_pages(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        for preset in presets().values():
            click.echo(f"[page {preset.name}]\n# {preset.about}\n{preset.lines}")
        context.exit()


@click.command("config", epilog=_HELP)
@config_option
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD.INI",
    help="Print the differences to this file instead.",
)
@click.option("--json", "as_json", is_flag=True, help="With --against: print JSON instead of text.")
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_template,
    help="Print a pinger.ini to begin with.",
)
@click.option(
    "--pages",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_pages,
    help="Print the built-in [page NAME] sections.",
)
@click.pass_context
def command(context: click.Context, config: Path | None, against: Path | None, *, as_json: bool) -> None:
    """Print the effective settings with secrets masked, or all their problems."""
    if against:
        old, new = load_pair(against, config)
        found = differences(old, new)
        click.echo(to_json([asdict(each) for each in found]) if as_json else _as_text(found))
        context.exit(EXIT_FAILURE if found else 0)
    if as_json:
        raise click.UsageError("--json requires --against.")
    settings = load_settings(config)
    click.echo(masked_ini(settings), nl=False)
    for warning in settings.warnings:
        click.echo(f"Warning: {warning}", err=True)


def _as_text(found: Sequence[Difference]) -> str:
    return "\n".join(map(str, found)) or "No differences."
