"""The ini file as commands find and load it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from py_pinger.channels import KINDS
from py_pinger.cli.ending import Unusable
from py_pinger.config import ConfigError, Settings, load
from py_pinger.permissions import exposure

_NO_INI = (
    "There is no pinger.ini here: write one with `pinger config --template > pinger.ini` and adjust it, "
    "name another file with --config, or see the demo with `pinger run --demo`."
)

# Where Debian's packages keep what an administrator writes.
SYSTEM = Path("/etc/py-pinger")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help=f"The ini file; by default pinger.ini in the current folder, beside the program, or in {SYSTEM}.",
)


def loaded(config: Path | None, *, needed: bool = True) -> Settings:
    """Return the settings of the named or found ini file; defaults if none is there and none is needed.

    Raises Unusable, with all that is wrong with the file.
    """
    path = config or _found()
    if path is None:
        if needed:
            raise Unusable(_NO_INI)
        return Settings()
    try:
        settings = load(path, os.environ, KINDS)
    except ConfigError as error:
        raise Unusable("\n".join(error.problems)) from None
    warning = exposure(path, "configuration") if settings.secrets() else None
    return settings.model_copy(update={"warnings": (*settings.warnings, warning)}) if warning else settings


def loaded_both(old: Path | None, new: Path | None) -> tuple[Settings, Settings]:
    """Return the settings of two ini files, each the one that is found if it is not named.

    Raises Unusable, with all that is wrong with either.
    """
    settings, wrong = [], []
    for path in (old, new):
        try:
            settings.append(loaded(path))
        except Unusable as unusable:
            wrong += [f"{path}: {line}" if path else line for line in unusable.message.splitlines()]
    if wrong:
        raise Unusable("\n".join(dict.fromkeys(wrong)))
    return settings[0], settings[1]


def _found() -> Path | None:
    beside_program = Path(__file__).resolve().parents[3]
    places = (folder / "pinger.ini" for folder in (Path.cwd(), beside_program, SYSTEM))
    return next((path for path in places if path.is_file()), None)
