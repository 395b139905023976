"""Py Pinger forked from a process that has imported it, to save the time of a hundred starts of Python.

So these tests do not see errors at import time; `tests/test_packaging.py` runs the real entry point.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from unittest.mock import patch

PROGRAM = Path(__file__).parents[2] / "src" / "pinger.py"

# All that a start imports, and the channels that the tests configure.
LOADED = (
    "py_pinger.cli.commands.check",
    "py_pinger.cli.commands.run",
    "py_pinger.app.run",
    "py_pinger.channels.slack.channel",
    "py_pinger.app.demo.demo_settings",
    "tests.support.compiled_templates",
    __name__,
)


def _forking() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    # Before Python 3.13 the server has no other way to learn where to find what it is to load.
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):
        forkserver.ensure_running()
    return context


class Fork:
    """A process as `subprocess.Popen` shows one, of `pinger ARGUMENTS` in a folder.

    It adds what it writes to a file; what it writes to standard error to another one, if that is given.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        environ: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
    ) -> None:
        self._process = _forking().Process(
            target=become, args=(tuple(arguments), folder, dict(environ), output, errors or output)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid
        return self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it is over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code once it is over. Raises TimeoutExpired after so many seconds."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("pinger", timeout or 0.0)
        return self._process.exitcode


def become(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str], output: Path, errors: Path
) -> None:
    """Become `pinger ARGUMENTS`, in a folder, with only these variables, writing into these files."""
    # Imported by the preloaded process, not by the tests.
    from tests.support.compiled_templates import use_compiled_templates  # noqa: PLC0415 - as below

    from py_pinger.cli.process import run_process  # noqa: PLC0415 - it is the loaded process that has it

    use_compiled_templates()

    # Tests that run in the background ignore it, and a started program would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    for stream, file in ((1, output), (2, errors)):
        written = os.open(file, os.O_WRONLY | os.O_APPEND)
        os.dup2(written, stream)
        os.close(written)
    sys.argv = [str(PROGRAM), *arguments]
    run_process()
