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
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from time import monotonic

import pytest
from rich.console import Console
from tests.cli.conftest import snapshots

from py_pinger.app import run
from py_pinger.cli.exits import UsageProblem
from py_pinger.cli.tasks import live_screen
from py_pinger.cli.tasks.snapshot import Snapshot
from py_pinger.web import WebServer
from py_pinger.web.view.task_row import row

# Seconds that a screen may take to show what it should.
PATIENCE = 60

_ESCAPE = re.compile(r"\x1b\[[\d;?]*[a-zA-Z]")


def read_until(terminal: int, words: str) -> str:
    """Read what is drawn until these words are."""
    live_screen, began = "", monotonic()
    while words not in live_screen:
        assert select.select([terminal], [], [], PATIENCE + began - monotonic())[0], live_screen
        live_screen += _ESCAPE.sub("", os.read(terminal, 65536).decode("utf-8", "replace"))
    return live_screen


@pytest.mark.parametrize(
    ("key", "password"), [(b"q", None), (b"\x03", "hunter2")], ids=["q", "Ctrl-C, behind a password"]
)
def test_a_key_ends_it(key: bytes, password: str | None, serve: Callable[..., WebServer]) -> None:
    """The tasks fill the terminal until a key is pressed; what does not fit is counted, the code is 1.

    A password is asked for where the server wants one, and is not seen.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 6, 60, 0, 0))
    url = serve(*snapshots(), password=password).url
    pinger = [sys.executable, "-m", "py_pinger", "status", "--watch", "--url", url]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(run.__file__).parents[2]), "TERM": "xterm"}
    before = termios.tcgetattr(theirs)
    # Ctrl-C reaches whom the terminal belongs to, even if the tests run in the background.
    command = ["env", "--default-signal=INT", "setsid", "--ctty", *pinger]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as process:
        try:
            if password:
                assert read_until(ours, ": ").startswith("Password for http://127.0.0.1:")
                # The terminal is silent once the whole prompt is there.
                os.write(ours, f"{password}\n".encode())
            shown = read_until(ours, "q: quit, arrow keys: scroll; rows 1 to 2 of 3")
            assert "hunter2" not in shown
            os.write(ours, key)
            assert process.wait(PATIENCE) == 1
        finally:
            process.kill()
    after = termios.tcgetattr(theirs)
    os.close(theirs)
    os.close(ours)
    assert "Import" in shown
    assert "Nap" not in shown
    assert after == before


def test_what_was_seen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing more is seen, what was seen before stays, with the reason beside it."""
    ours, theirs = pty.openpty()
    now = datetime.now(UTC)
    before = Snapshot("server", "http://a/", now, now, tuple(row(each, now) for each in snapshots()))
    looks = iter([before])

    def look() -> Snapshot:
        try:
            return next(looks)
        except StopIteration:
            os.write(ours, b"xq")
            raise UsageProblem("No server answers at http://a/: connection refused.") from None

    drawn = StringIO()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(live_screen, "PAUSE", 0.05)
        terminal = Console(file=drawn, force_terminal=True, width=160, height=10)
        after = live_screen.watch(terminal, look)
    os.close(ours)
    assert (after.rows, after.why) == (before.rows, "No server answers at http://a/: connection refused")
    assert "; No server answers at http://a/: connection refused." in _ESCAPE.sub("", drawn.getvalue())


def test_a_terminal_that_is_gone_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the terminal goes away, watching ends instead of asking it for keys over and over."""
    ours, theirs = pty.openpty()
    now = datetime.now(UTC)
    sight = Snapshot("server", "http://a/", now, now, ())
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        looks = iter((0.05, PATIENCE))

        def look() -> Snapshot:
            """See the same again; the terminal goes away before the second pause, which would be long."""
            monkeypatch.setattr(live_screen, "PAUSE", next(looks))
            if live_screen.PAUSE == PATIENCE:
                os.close(ours)
            return sight

        terminal = Console(file=StringIO(), force_terminal=True, width=80)
        assert live_screen.watch(terminal, look) == sight


def test_nothing_is_seen_at_first() -> None:
    """Where nothing is seen at the first look, the terminal is not even touched."""

    def look() -> Snapshot:
        raise UsageProblem("no server answers")

    with pytest.raises(UsageProblem, match="no server answers"):
        live_screen.watch(Console(), look)


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        (b"\x1b[B", "2 to 3"),
        (b"j", "2 to 3"),
        (b"\x1bOB\x1b[A", "1 to 2"),
        (b"\x1b[F", "2 to 3"),
        (b"\x1b[6~", "2 to 3"),
        (b"G\x1b[H", "1 to 2"),
        (b"\x1b[1;5C\x1b[C\x1b[D", "1 to 2"),
    ],
)
def test_scrolling(typed: bytes, rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow keys, Page Down, Home and End scroll instead of ending it; other keys are ignored."""
    ours, theirs = pty.openpty()
    now = datetime.now(UTC)
    snapshot = Snapshot("server", "http://a/", now, now, tuple(row(each, now) for each in snapshots()))
    drawn = StringIO()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(live_screen, "PAUSE", 0.1)
        reads = iter([None, typed, b"q"])

        def read() -> Snapshot:
            os.write(ours, next(reads) or b"")
            return snapshot

        terminal = Console(file=drawn, force_terminal=True, width=160, height=6)
        live_screen.watch(terminal, read)
    os.close(ours)
    last = _ESCAPE.sub("", drawn.getvalue()).rpartition("; rows ")[2]
    assert last.startswith(f"{rows} of 3")
