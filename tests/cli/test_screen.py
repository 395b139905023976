"""Watching the tasks in a terminal, as people do."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from tests.cli.conftest import listings

from py_pinger import app
from py_pinger.web import WebServer

# Seconds that a screen may take to show what it should.
PATIENCE = 30

_ESCAPE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


def read_until(terminal: int, words: str) -> str:
    """Read what is drawn until these words are."""
    screen, began = "", monotonic()
    while words not in screen:
        assert select.select([terminal], [], [], PATIENCE + began - monotonic())[0], screen
        screen += _ESCAPE.sub("", os.read(terminal, 65536).decode("utf-8", "replace"))
    return screen


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "Ctrl-C"])
def test_a_key_ends_it(key: bytes, serve: Callable[..., WebServer]) -> None:
    """The tasks fill the terminal until a key is pressed; what does not fit is counted, the code is 1."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 6, 60, 0, 0))
    pinger = [sys.executable, "-m", "py_pinger", "status", "--watch", "--url", serve(*listings()).url]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(app.__file__).parents[1]), "TERM": "xterm"}
    before = termios.tcgetattr(theirs)
    # Ctrl-C reaches whom the terminal belongs to.
    command = ["setsid", "--ctty", *pinger]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:
        try:
            screen = read_until(ours, "q ends it; 2 more below")
            os.write(ours, key)
            assert process.wait(PATIENCE) == 1
        finally:
            process.kill()
    after = termios.tcgetattr(theirs)
    os.close(theirs)
    os.close(ours)
    assert "Import" in screen
    assert "Nap" not in screen
    assert after == before
