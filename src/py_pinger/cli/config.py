"""`pinger config`."""

from __future__ import annotations

from pathlib import Path

import click

from py_pinger.cli.ini import config_option, loaded
from py_pinger.config import masked_ini


@click.command("config")
@config_option
def command(config: Path | None) -> None:
    """Print the effective settings with secrets masked, or all that is wrong with them."""
    settings = loaded(config)
    click.echo(masked_ini(settings), nl=False)
    for warning in settings.warnings:
        click.echo(f"Warning: {warning}", err=True)
