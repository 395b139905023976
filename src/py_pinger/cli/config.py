"""`pinger config`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from py_pinger.cli.ending import SOMETHING_FAILS
from py_pinger.cli.ini import config_option, loaded, loaded_both
from py_pinger.config import Difference, differences, masked_ini


@click.command("config")
@config_option
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD.INI",
    help="Print what differs from the settings of this file instead.",
)
@click.option("--json", "as_json", is_flag=True, help="With --against: print JSON instead of text.")
@click.pass_context
def command(context: click.Context, config: Path | None, against: Path | None, *, as_json: bool) -> None:
    """Print the effective settings with secrets masked, or all that is wrong with them.

    Exit code: 0 the settings are fine, with --against the same; 1 they differ; 2 unusable configuration.
    """
    if against:
        old, new = loaded_both(against, config)
        found = differences(old, new)
        click.echo(_as_json(found) if as_json else _as_text(found))
        context.exit(SOMETHING_FAILS if found else 0)
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
