"""`pinger completion`, and what a shell completes with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.pinger_command import pinger, write

from py_pinger.app import run
from py_pinger.cli import main

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

TASKS = "prod=https://a.example/one, https://a.example/two, https://b.example/"
INI = ("[urls]", TASKS, "[task https://b.example/]", "name=Nightly import")


def completed(line: str) -> list[str]:
    """Return what bash would complete the end of this line with."""
    environ = {"_PINGER_COMPLETE": "bash_complete", "COMP_WORDS": line}
    result = CliRunner().invoke(main, [], env=environ, prog_name="pinger")
    assert (result.exit_code, result.stderr) == (0, "")
    return [each.removeprefix("plain,") for each in result.stdout.splitlines() if each]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pinger st", ["status"]),
        ("pinger --v", ["--version"]),
        ("pinger run --de", ["--demo"]),
        ("pinger completion ", ["bash", "zsh", "fish"]),
        (
            "pinger check ",
            [r"Nightly\ import", "https://a.example/one", "https://a.example/two", "https://b.example/"],
        ),
        ("pinger check https://a", ["//a.example/one", "//a.example/two"]),
        ("pinger check https://a.example/one https://b", ["//b.example/"]),
        ("pinger status nig", [r"Nightly\ import"]),
        (r"pinger tasks --csv Nightly\ ", [r"Nightly\ import"]),
        ("pinger status http", ["https://a.example/one", "https://a.example/two", "https://b.example/"]),
        ("pinger check ftp", []),
    ],
)
def test_a_line_is_completed(line: str, expected: list[str], folder: Path) -> None:
    """Commands, options, and tasks by URL or name; after a colon only what bash takes for the word."""
    write(folder / "pinger.ini", "", *INI)
    assert completed(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pinger push ", [r"Nightly\ backup", "nightly-backup"]),
        ("pinger push nig", [r"Nightly\ backup", "nightly-backup"]),
        ("pinger push night-", []),
        ("pinger push http", []),
    ],
)
def test_tasks_that_are_pushed(line: str, expected: list[str], folder: Path) -> None:
    """Only they have a URL for reports; each is completed by its name and by its slug."""
    pushed = ("[push]", "key=0123456789-abcdefghij", "[task Nightly backup]", "push=nightly-backup")
    write(folder / "pinger.ini", "", *INI, *pushed, "frequency=60")
    assert completed(line) == expected


@pytest.mark.parametrize("ini", [None, "[main]\nport=http", "[main]\ngreeting=${UNSET}", "\0"])
def test_without_tasks(ini: str | None, folder: Path) -> None:
    """Where there is no ini file, or none that can be used, nothing is suggested, and nothing said."""
    if ini:
        (folder / "pinger.ini").write_text(ini)
    assert completed("pinger check ") == []


def test_another_file(folder: Path) -> None:
    """Tasks come from the file behind --config."""
    write(folder / "other.ini", "", *INI)
    assert completed("pinger status --config other.ini n") == [r"Nightly\ import"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    """What is printed asks Py Pinger, in the shell's own words."""
    result = pinger("completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_PINGER_COMPLETE={shell}_complete" in result.stdout


def test_bash_itself(folder: Path) -> None:
    """A real bash that has read the script completes a URL past its colon."""
    write(folder / "pinger.ini", "", *INI)
    (folder / "pinger").write_text(f"#!{sys.executable}\nfrom py_pinger.cli import main\n\nmain()\n")
    (folder / "pinger").chmod(0o755)
    script = pinger("completion", "bash").stdout
    typed = 'COMP_LINE="pinger check https://a"; COMP_POINT=${#COMP_LINE}; _pinger_completion pinger'
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{typed}; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        env={"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(Path(run.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout.splitlines(), done.stderr) == (["//a.example/one", "//a.example/two"], "")
