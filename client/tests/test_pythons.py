"""The client on each Python of this machine, from 3.9 on: every kind of task, and every way to end."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from client.tests.support.executing import LIMIT, environment, execute, shell
from client.tests.support.pythons import on_each_python, pythons
from client.tests.support.receiver import Receiver

PROGRAM = Path(__file__).with_name("program_of_each_kind.py")

ON_EACH = on_each_python()


@ON_EACH
def test_every_kind_of_task(tmp_path: Path, python: str, receiver: Receiver) -> None:
    """Functions of each kind, threads and exceptions are reported alike, with warnings as errors."""
    environ = environment(PINGER_REPORTS=str(tmp_path), PINGER_PUSH=receiver.address)
    done = subprocess.run(
        [python, "-W", "error", str(PROGRAM)], env=environ, capture_output=True, timeout=LIMIT, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "asynchronous-generator": ["ok", None],
        "cancelled": ["error", "CancelledError"],
        "coroutine": ["ok", None],
        "exit-0": ["ok", "a reason"],
        "exit-2": ["error", "SystemExit: 2"],
        "generator": ["ok", None],
        "interrupted": ["error", "KeyboardInterrupt"],
        "plain": ["ok", None],
        "threads": ["ok", "a reason"],
        "value-error": ["error", "ValueError: no rows"],
    }
    # Each run has a start and an end: 4 threads, 2 coroutines, and 8 others.
    assert len(receiver.pushed) == 2 * (4 + 2 + 8)


@ON_EACH
@pytest.mark.parametrize(
    ("options", "script", "code", "reason"),
    [
        ((), "cat; echo done", 0, None),
        ((), "echo no disk >&2; exit 3", 3, "exit code 3: no disk"),
        (("--log", "never"), "kill -KILL $$", 137, "killed by SIGKILL (out of memory?)"),
        (("--quiet", "--lock", "--timeout", "0.2s"), "sleep 60", 143, "took longer than 0.2 s"),
    ],
)
def test_commands(
    tmp_path: Path, python: str, options: tuple[str, ...], script: str, code: int, reason: str | None
) -> None:
    """Commands end alike on each Python."""
    arguments = ("--name", "task", "--write", str(tmp_path), *options, "--", *shell(script))
    done = execute(*arguments, python=python)
    found = json.loads((tmp_path / "task.json").read_text("utf-8"))
    assert (done.returncode, found.get("reason")) == (code, reason)


def test_the_oldest_and_this_python_are_there() -> None:
    """At least the Python of the tests is tried; the others as far as the machine has them."""
    assert pythons()
