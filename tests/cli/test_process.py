"""How the process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

# A response that comes in while the interpreter finalizes, which takes as long as `Slow` says.
RESPONSE_WHILE_ENDING = """
import asyncio, os, socket, sys, time
from pyreqwest.client import ClientBuilder
from py_pinger.cli import run_process

listening = socket.create_server(("127.0.0.1", 0))
if os.fork() == 0:
    connection, _ = listening.accept()
    connection.recv(10_000)
    time.sleep(0.3)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    os._exit(0)

class Slow:
    def __del__(self):
        time.sleep(0.6)

async def request():
    client = ClientBuilder().no_proxy().build()
    asyncio.ensure_future(client.get(f"http://127.0.0.1:{listening.getsockname()[1]}/").build().send())
    await asyncio.sleep(0.1)

slow, loop = Slow(), asyncio.new_event_loop()
loop.run_until_complete(request())
sys.argv = ["pinger", "--version"]
run_process()
"""

MAIN = "import sys\nfrom py_pinger.cli import process\nprocess.main = lambda: {}\nprocess.run_process()"


def run(code: str) -> tuple[int, str, str]:
    """Run some Python; return its exit code and output."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_response_while_ending() -> None:
    """A thread of the HTTP library that still runs does not disturb the end of the process."""
    code, output, errors = run(RESPONSE_WHILE_ENDING)
    assert (code, errors) == (0, "")
    assert output.startswith("Py Pinger")


@pytest.mark.parametrize(
    ("ending", "code", "errors"),
    [
        ("None", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(2)", 2, ""),
        ("sys.exit('why')", 1, "why\n"),
        ("sys.stdout.write('written') and None", 0, ""),
    ],
)
def test_exit_codes(ending: str, code: int, errors: str) -> None:
    """The exit code is that of the command, and what was written is written."""
    expected = "written" if "written" in ending else ""
    assert run(MAIN.format(ending)) == (code, expected, errors)


def test_an_internal_error() -> None:
    """An error that no command handles is shown with its traceback, and ends with 1."""
    code, _, errors = run(MAIN.format("1 / 0"))
    assert code == 1
    assert errors.endswith("ZeroDivisionError: division by zero\n")


def test_exit_functions() -> None:
    """What is registered for the end of the process is done."""
    code = "import atexit\natexit.register(print, 'registered')\n" + MAIN.format("None")
    assert run(code) == (0, "registered\n", "")


def test_output_that_is_not_read() -> None:
    """Output that cannot be written makes a success a failure."""
    code = "sys.stdout.write('x') and None"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", MAIN.format(code)],
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert done.returncode == 1
