"""`pinger password`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write
from werkzeug.security import check_password_hash

from py_pinger.app import run
from py_pinger.channels import KINDS
from py_pinger.config import load

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


@pytest.mark.parametrize("typed", ["hunter2\n", "hunter2\r\n", "hunter2", "hunter2\nmore\n"])
def test_a_password_is_hashed(folder: Path, typed: str) -> None:
    """What is printed can be pasted into [main], lets the password in, and does not show it."""
    result = pinger("password", typed=typed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("web_password=scrypt:")
    assert result.stdout.count("$$") == 2
    assert "hunter2" not in result.stdout
    write(folder / "pinger.ini", result.stdout, "[urls]", "prod=http://a/")
    hashed = load(folder / "pinger.ini", {}, KINDS).main.web_password
    assert hashed
    assert check_password_hash(hashed.get_secret_value(), "hunter2")


@pytest.mark.parametrize("typed", ["", "\n", "  \n"])
def test_an_empty_password_is_refused(typed: str) -> None:
    """No password is not a password."""
    result = pinger("password", typed=typed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "The password is empty. Choose one that is hard to guess.\n"


def at_a_terminal(*typed: str) -> tuple[int, str]:
    """Run `pinger password` in a terminal of its own, type line after line; return code and screen."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "py_pinger", "password"]
    environ = {**os.environ, "PYTHONPATH": str(Path(run.__file__).parents[2])}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    ) as process:
        os.close(theirs)
        screen = ""
        for line, prompt in zip(
            typed,
            ("Password: ", "Repeat the password: ", "Password: ", "Repeat the password: "),
            strict=False,
        ):
            while not screen.endswith(prompt):
                screen += os.read(ours, 4096).decode()
            os.write(ours, f"{line}\n".encode())
        with suppress(OSError):
            while piece := os.read(ours, 4096):
                screen += piece.decode()
    os.close(ours)
    return process.returncode, screen


def test_a_password_is_entered_twice() -> None:
    """In a terminal the password is typed twice, until both are alike, and is not seen."""
    code, screen = at_a_terminal("hunter2", "hunter3", "hunter2", "hunter2")
    assert code == 0
    assert "do not match" in screen
    assert "hunter" not in screen
    assert screen.splitlines()[-1].startswith("web_password=scrypt:")
