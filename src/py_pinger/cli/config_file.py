"""Finds and loads the ini file of a command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from py_pinger.app.file_permissions import world_readable_warning
from py_pinger.channels import KINDS
from py_pinger.cli.exits import UsageProblem
from py_pinger.config import ConfigProblem, LoadResult, ProblemCode, Settings, try_load

_NOT_FOUND = (
    "No pinger.ini found. Create one with `pinger config --template > pinger.ini` and adjust it, name a file"
    " with --config, or try the demo with `pinger run --demo`."
)

# Where the Debian package installs the configuration.
SYSTEM = Path("/etc/py-pinger")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Use this ini file. By default pinger.ini in the current directory, next to the program, or in"
    f" {SYSTEM}.",
)


def load_settings(config: Path | None, *, needed: bool = True) -> Settings:
    """Return the settings in the ini file; the defaults if it is missing and not required.

    Raises UsageProblem with all problems of the file.
    """
    path = config or _found()
    if path is None and not needed:
        return Settings()
    return require_settings(read_config(path or find_config(None)))


def find_config(config: Path | None) -> Path:
    """Return the ini file that is named, or else found; raises UsageProblem if none is found."""
    path = config or _found()
    if path is None:
        raise UsageProblem(_NOT_FOUND)
    return path


def read_config(path: Path) -> LoadResult:
    """Read an ini file; add a warning if it has secrets and others may read it."""
    result = try_load(path, os.environ, KINDS)
    settings = result.settings
    warning = world_readable_warning(path, "configuration")
    if settings is None or warning is None or not settings.secrets():
        return result
    exposed = ConfigProblem(ProblemCode.EXPOSED, "", warning)
    return replace(result, settings=replace(settings, warnings=(*settings.warnings, exposed)))


def require_settings(result: LoadResult) -> Settings:
    """Return the settings that were read.

    Raises UsageProblem with all problems if they are invalid.
    """
    if result.settings is None:
        raise UsageProblem("\n".join(map(str, result.problems)))
    return result.settings


def load_pair(old: Path | None, new: Path | None) -> tuple[Settings, Settings]:
    """Return the settings of two ini files, each the found one if it is not named.

    Raises UsageProblem with the problems of both.
    """
    settings, problems = [], []
    for path in (old, new):
        try:
            settings.append(load_settings(path))
        except UsageProblem as error:
            problems += [_with_file(path, line) for line in error.message.splitlines()]
    if problems:
        raise UsageProblem("\n".join(dict.fromkeys(problems)))
    return settings[0], settings[1]


def _with_file(path: Path | None, line: str) -> str:
    return f"{path}: {line}" if path and not line.startswith(str(path)) else line


def _found() -> Path | None:
    next_to_program = Path(__file__).resolve().parents[3]
    folders = (folder / "pinger.ini" for folder in (Path.cwd(), next_to_program, SYSTEM))
    return next((path for path in folders if path.is_file()), None)
