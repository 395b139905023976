"""How commands find and load the ini file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


NO_INI = (
    "No pinger.ini found. Create one with `pinger config --template > pinger.ini` and adjust it, name a file"
    " with --config, or try the demo with `pinger run --demo`.\n"
)


@pytest.mark.parametrize("command", [[], ["run"], ["check"], ["config"], ["notify", "Hello"]])
def test_without_an_ini(command: list[str]) -> None:
    """Where there is no pinger.ini, one sentence says what to do, and nothing else."""
    result = pinger(*command)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", NO_INI)


@pytest.mark.parametrize("command", [["run"], ["check"], ["config"], ["notify", "Hello"]])
def test_an_unusable_ini(command: list[str], folder: Path) -> None:
    """All that is wrong with the ini is told, a sentence a line, by each command that reads it."""
    write(folder / "pinger.ini", "port=http\ncolour=red")
    result = pinger(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    colour, port = result.stderr.splitlines()
    assert colour.startswith("[main]: unknown key colour")
    assert port.startswith("[main] port")


@pytest.mark.parametrize(
    ("files", "option", "port"),
    [
        (["program"], [], "1"),
        (["system"], [], "4"),
        (["program", "system"], [], "1"),
        (["program", "here"], [], "2"),
        (["program", "here", "named"], ["--config", "../named/pinger.ini"], "3"),
    ],
)
def test_which_ini(files: list[str], option: list[str], port: str, tmp_path: Path) -> None:
    """The named file goes first, then the current folder's, the program's own, and the system's."""
    for name in ("named", "system"):
        (tmp_path / name).mkdir()
    for number, name in enumerate(("program", "here", "named", "system"), 1):
        if name in files:
            write(tmp_path / name / "pinger.ini", f"port={number}")
    assert f"port={port}" in pinger("config", *option).stdout.splitlines()


def test_the_environment(folder: Path) -> None:
    """Values may come from the environment."""
    write(folder / "pinger.ini", "greeting=${WORDS}")
    assert "greeting=Hello\n" in pinger("config", environ={"WORDS": "Hello"}).stdout
