"""A real program on loopback, in its own folder, for the duration of a test."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.support.eventually import PATIENCE, eventually
from tests.support.task_server import unused_port


def needs(program: str) -> pytest.MarkDecorator:
    """Return the mark of tests that are skipped where Debian's program is missing; in CI they fail then."""
    missing = shutil.which(program) is None and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"{program} is not installed (apt-get install {program})")


class Daemon:
    """A running program that answers HTTP."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        """Take the process, the port that it listens on, and the file that holds all that it said."""
        self.process = process
        self.port = port
        self._output = output

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self, path: str) -> bool:
        """Return True if it answers 200 here; it must not have ended."""
        assert self.process.poll() is None, self._output.read_text("utf-8", "replace")
        try:
            return self._ask("GET", path, None)[0] == 200
        except OSError:
            return False

    def ask(self, path: str, content: object = None) -> Any:  # noqa: ANN401 - JSON is anything
        """Return the JSON at a path; with `content`, of what it answers to that."""
        body = None if content is None else orjson.dumps(content)
        status, answer = self._ask("GET" if body is None else "POST", path, body)
        assert status == 200, (status, answer)
        return orjson.loads(answer) if answer else None

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def running(folder: Path, *command: str, ready: str, port: int = 0) -> Iterator[Daemon]:
    """Run a program in a folder while this lasts; it is up once it answers 200 at the path `ready`.

    `{port}` in the command stands for the port, any free one unless it is given.
    """
    port = port or unused_port()
    output = folder / f"{Path(command[0]).name}-{port}.txt"
    arguments = [part.replace("{port}", str(port)) for part in command]
    with output.open("ab") as said:
        process = subprocess.Popen(arguments, cwd=folder, stdout=said, stderr=said)
    daemon = Daemon(process, port, output)
    try:
        eventually(lambda: daemon.answers(ready), f"the start of {command[0]}")
        yield daemon
    finally:
        process.terminate()
        process.wait(PATIENCE)
