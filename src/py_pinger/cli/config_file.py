"""The ini file as commands find and load it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from py_pinger.app.file_permissions import world_readable_warning
from py_pinger.channels import KINDS
from py_pinger.cli.exits import UsageProblem
from py_pinger.config import LoadResult, Settings, attempt

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
    if path is None and not needed:
        return Settings()
    return usable(read(path or place(None)))


def place(config: Path | None) -> Path:
    """Return the ini file that is named, or else found; raises Unusable if there is none."""
    path = config or _found()
    if path is None:
        raise UsageProblem(_NO_INI)
    return path


def read(path: Path) -> LoadResult:
    """Read an ini file, and return what came of it."""
    loading = attempt(path, os.environ, KINDS)
    settings = loading.settings
    warning = world_readable_warning(path, "configuration") if settings and settings.secrets() else None
    if settings is None or warning is None:
        return loading
    warned = settings.model_copy(update={"warnings": (*settings.warnings, warning)})
    return replace(loading, settings=warned)


def usable(loading: LoadResult) -> Settings:
    """Return the settings that were read; raises Unusable, with all that is wrong, if they cannot be used."""
    if loading.settings is None:
        raise UsageProblem("\n".join(loading.problems))
    return loading.settings


def loaded_both(old: Path | None, new: Path | None) -> tuple[Settings, Settings]:
    """Return the settings of two ini files, each the one that is found if it is not named.

    Raises Unusable, with all that is wrong with either.
    """
    settings, wrong = [], []
    for path in (old, new):
        try:
            settings.append(loaded(path))
        except UsageProblem as unusable:
            wrong += [f"{path}: {line}" if path else line for line in unusable.message.splitlines()]
    if wrong:
        raise UsageProblem("\n".join(dict.fromkeys(wrong)))
    return settings[0], settings[1]


def _found() -> Path | None:
    beside_program = Path(__file__).resolve().parents[3]
    places = (folder / "pinger.ini" for folder in (Path.cwd(), beside_program, SYSTEM))
    return next((path for path in places if path.is_file()), None)
