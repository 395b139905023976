"""A command of Py Pinger, run within the test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from py_pinger.cli import main


def pinger(*arguments: str, environ: Mapping[str, str] | None = None, typed: str = "") -> Result:
    """Run a command."""
    return CliRunner().invoke(main, arguments, env=environ, input=typed, prog_name="pinger")


def write(file: Path, main: str = "", *more: str) -> None:
    """Write an ini file."""
    file.write_text("\n".join(["[main]", main, *more]), encoding="utf-8")
