"""`pinger` itself: help, version, what is no command, and what is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger

from py_pinger import __version__
from py_pinger.app import run
from py_pinger.cli.main import COMMANDS, command_first

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help(command: list[str], option: str) -> None:
    """Each command explains itself, under both names of the option."""
    result = pinger(*command, option)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: {' '.join(['pinger', *command])} [OPTIONS]")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_all_is_that_of_each(name: str) -> None:
    """What the list of commands says of one is what the command says of itself first."""
    said = " ".join(pinger(name, "--help").stdout.split())
    assert COMMANDS[name] in said
    assert " ".join(pinger("--help").stdout.split()).count(COMMANDS[name]) == 1


def test_version() -> None:
    """The version is that of the package."""
    result = pinger("--version")
    assert (result.exit_code, result.stdout) == (0, f"Py Pinger, version {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runn"], "No such command 'runn'. Did you mean 'run'?"),
        (["run", "--port", "0"], "0 is not in the range 1<=x<=65535"),
        (["check", "--at", "noon"], "'noon' is not a date and time; use for example 2026-11-22T10:05:00Z"),
        (["notify"], "Missing argument 'TEXT'"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str) -> None:
    """Wrong arguments are told in one sentence, with exit code 2."""
    result = pinger(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_start_loads_no_more_than_it_needs() -> None:
    """A start loads no library that only some settings need, and no other command."""
    loaded = _loaded_by("py_pinger.cli.commands.run")
    assert "py_pinger.app.run" in loaded
    assert not {"alembic", "apprise", "cronsim", "rich", "sentry_sdk", "standardwebhooks"} & loaded
    assert not {"jmespath", "prometheus_client", "sqlalchemy.dialects.postgresql"} & loaded
    commands = {name for name in loaded if name.startswith("py_pinger.cli.commands.")}
    assert commands == {"py_pinger.cli.commands.run"}


def test_the_command_line_itself_loads_no_settings() -> None:
    """Help, completion and a wrong argument load neither settings nor channels."""
    loaded = {name for name in _loaded_by("py_pinger.cli") if name.startswith("py_pinger.")}
    modules = ("exits", "main", "process", "shell_completion")
    assert loaded == {"py_pinger.cli", *(f"py_pinger.cli.{name}" for name in modules)}


def _loaded_by(module: str) -> set[str]:
    """Return the names of all modules that a new interpreter has after importing one."""
    command = [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"]
    environ = {**os.environ, "PYTHONPATH": str(Path(run.__file__).parents[2])}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("name", ["check", "config", "status"])
def test_help_loads_no_heavy_library(name: str) -> None:
    """Reading the configuration's types loads neither the database library nor the web framework."""
    code = f"import sys, py_pinger.config; import py_pinger.cli.commands.{name}; print(*sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(Path(run.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "py_pinger.config.values.secrets" in loaded
    if name in {"check", "config"}:
        assert not {"sqlalchemy", "werkzeug", "flask", "alembic"} & loaded


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], []),
        (["--demo"], ["run", "--demo"]),
        (["--config", "x.ini"], ["run", "--config", "x.ini"]),
        (["--config=x.ini", "--port", "80"], ["run", "--config=x.ini", "--port", "80"]),
        (["--config", "x.ini", "status", "--json"], ["status", "--config", "x.ini", "--json"]),
        (["--demo", "--prot", "80"], ["run", "--demo", "--prot", "80"]),
        (["status", "--config", "x.ini"], ["status", "--config", "x.ini"]),
        (["--help"], ["--help"]),
        (["--config"], ["run", "--config"]),
    ],
)
def test_options_before_the_command(arguments: list[str], expected: list[str]) -> None:
    """Options of a command may precede it; without a command they belong to `run`."""
    assert command_first(arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (["statsu"], "Did you mean 'status'?"),
        (["status", "--failling"], "--failing"),
        (["--prot", "80"], "--port"),
        (["--demo", "--prot", "80"], "--port"),
    ],
)
def test_suggestions(arguments: list[str], suggestion: str) -> None:
    """An unknown command or option suggests the most similar one, with exit code 2."""
    result = pinger(*arguments)
    assert result.exit_code == 2
    assert suggestion in result.stderr


def test_run_by_an_option(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pinger --config FILE` runs with this file."""
    (folder / "x.ini").write_text("[main]\nport=4000\n")
    started: list[int] = []
    monkeypatch.setattr(run, "run", lambda options, _environ: started.append(options.settings.main.port))
    assert pinger("--config", "x.ini").exit_code == 0
    assert pinger("--config", "x.ini", "--port", "5000").exit_code == 0
    assert pinger("--config", "x.ini", "config").stdout.startswith("[main]\n")
    assert started == [4000, 5000]
