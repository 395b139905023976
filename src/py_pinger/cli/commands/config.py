"""`pinger config`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import click
import orjson

from py_pinger.cli.config_file import config_option, loaded, loaded_both
from py_pinger.cli.exits import EXIT_FAILURE
from py_pinger.config import Difference, differences, masked_ini

_HELP = """\b
Examples:
  pinger config --template > pinger.ini     begin with all keys, explained
  pinger config                             see whether they can be used
  pinger config --against old.ini           what the present file changes

\b
Exit codes:
  0    the configuration can be used, or says the same as the other
  1    with --against: they differ
  2    unusable configuration; each problem is a sentence
"""


def _print_template(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        click.echo(files("py_pinger").joinpath("pinger.ini.template").read_text("utf-8"), nl=False)
        context.exit()


@click.command("config", epilog=_HELP)
@config_option
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD.INI",
    help="Print what differs from the settings of this file instead.",
)
@click.option("--json", "as_json", is_flag=True, help="With --against: print JSON instead of text.")
@click.option(
    "--template",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_template,
    help="Print a pinger.ini to begin with, and look at none.",
)
@click.pass_context
def command(context: click.Context, config: Path | None, against: Path | None, *, as_json: bool) -> None:
    """Print the settings in force with secrets masked, or all that is wrong with them."""
    if against:
        old, new = loaded_both(against, config)
        found = differences(old, new)
        click.echo(_as_json(found) if as_json else _as_text(found))
        context.exit(EXIT_FAILURE if found else 0)
    if as_json:
        raise click.UsageError("--json goes with --against.")
    settings = loaded(config)
    click.echo(masked_ini(settings), nl=False)
    for warning in settings.warnings:
        click.echo(f"Warning: {warning}", err=True)


def _as_text(found: Sequence[Difference]) -> str:
    return "\n".join(map(str, found)) or "Nothing differs."


def _as_json(found: Sequence[Difference]) -> bytes:
    return orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2)
