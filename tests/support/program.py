"""Py Pinger as a separate process, in its own folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import urlencode

import orjson
from tests.support.eventually import PATIENCE, eventually
from tests.support.forked_program import PROGRAM, Fork
from tests.support.planted_secrets import WEB_PASSWORD, leaks

ROOT = Path(__file__).parents[2]

# Seconds that a stop may take in all; held where stopping is the subject.
STOP = 5.0

# What Py Pinger may leave in its folder: the log, the database with its copies, and what it printed.
LEFT_BEHIND = ("*.log*", "*.db*", "output-*.txt")

# What the loader and the interpreter read only when a program is started.
_STARTED = frozenset({"LD_PRELOAD", "PYTHONIOENCODING"})

_ADDRESS = re.compile(r"py_pinger\.app: Watching .*; see http://[^:]+:(\d+)\n")
_NOTHING: Mapping[str, str] = {}
_BY_PASSWORD = {"Authorization": f"Basic {b64encode(f'me:{WEB_PASSWORD}'.encode()).decode()}"}


def environment(more: Mapping[str, str] = _NOTHING) -> dict[str, str]:
    """Return a bare environment: nothing of the tests' own shows."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return {**kept, **more}


def command(
    folder: Path, *arguments: str, program: Path = PROGRAM, environ: Mapping[str, str] = _NOTHING
) -> subprocess.CompletedProcess[str]:
    """Run `python src/pinger.py ARGUMENTS` to its end."""
    if program != PROGRAM or not _STARTED.isdisjoint(environ):
        return subprocess.run(
            [sys.executable, str(program), *arguments],
            cwd=folder,
            env=environment(environ),
            check=False,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    with TemporaryDirectory() as place:
        files = Path(place, "output"), Path(place, "errors")
        for file in files:
            file.touch()
        process = Fork(arguments, folder, environment(environ), *files)
        try:
            code = process.wait(PATIENCE)
        finally:
            process.kill()
        return subprocess.CompletedProcess(arguments, code, *(file.read_text("utf-8") for file in files))


@dataclass(frozen=True)
class Answer:
    """What the web server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The body, read as JSON."""
        return orjson.loads(self.body)


class Pinger:
    """`python src/pinger.py ARGUMENTS` from its start, through /healthz saying yes, to its end.

    `inside` is a command that sets the stage, a namespace or a limit, and becomes Py Pinger in the end.
    Afterwards no planted secret may be in anything that was left behind or shown.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        program: Path = PROGRAM,
        environ: Mapping[str, str] = _NOTHING,
        inside: Sequence[str] = (),
    ) -> None:
        self._command = [*inside, sys.executable, str(program), *arguments]
        self._arguments = arguments
        self._forked = program == PROGRAM and not inside and _STARTED.isdisjoint(environ)
        self._folder = folder
        self._environ = environment(environ)
        number = len(list(folder.glob("output-*.txt")))
        self._output = folder / f"output-{number}.txt"
        self._shown: list[bytes] = []
        self._authorization = _BY_PASSWORD if WEB_PASSWORD in environ.values() else _NOTHING

    def __enter__(self) -> Self:
        self.start()
        try:
            self.port = eventually(self._port, "the start")
            eventually(lambda: self.get("/healthz").status == 200, "health")
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if self.process.poll() is None and kind is None:
                assert self.stop() == 0
        finally:
            self.kill()
        if kind is None:
            self.hold_secrets()

    def hold_secrets(self) -> None:
        """Assert that no planted secret is in the log, the database, the output or any page that was read."""
        left = (file for pattern in LEFT_BEHIND for file in self._folder.glob(pattern) if file.is_file())
        assert leaks(*self._shown, *(file.read_bytes() for file in left)) == []

    def start(self) -> None:
        """Start without waiting for anything."""
        with self._output.open("wb") as output:
            self.process: Fork | subprocess.Popen[bytes] = (
                Fork(self._arguments, self._folder, self._environ, self._output)
                if self._forked
                else subprocess.Popen(
                    self._command, cwd=self._folder, env=self._environ, stdout=output, stderr=output
                )
            )

    def stop(self, number: signal.Signals = signal.SIGTERM, within: float = PATIENCE) -> int:
        """Ask for a stop, and return the exit code; it has to come within so many seconds."""
        self.process.send_signal(number)
        return self.process.wait(within)

    def kill(self) -> None:
        """End at once, as kill -9 does."""
        self.process.kill()
        self.process.wait()

    @property
    def output(self) -> str:
        """All that was written to standard output and standard error."""
        return self._output.read_text("utf-8", "replace")

    def get(self, path: str, accept: str = "*/*") -> Answer:
        """Request a page, with the planted password if one is set."""
        return self._asked("GET", path, None, {"Accept": accept})

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form as a browser does, with the same password."""
        return self._asked(
            "POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
        )

    def _asked(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {**headers, **self._authorization})
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()
        self._shown += (answer.body, repr(answer.headers).encode())
        return answer

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return what the root path says of each task, by its URL."""
        return {row["url"]: row for row in self.get("/").json["data"]}

    def checked(self, times: int = 1) -> dict[str, dict[str, Any]]:
        """Return the rows once each task has been checked so many times more."""
        goal = {url: row["pings"] + times for url, row in self.rows().items()}
        return self.rows_where(lambda row: row["pings"] >= goal[row["url"]], f"{times} checks more")

    def judged(self) -> dict[str, dict[str, Any]]:
        """Return the rows once each task has a verdict."""
        return self.rows_where(lambda row: row["status"] != "pending", "a verdict on each task")

    def rows_where(self, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, dict[str, Any]]:
        """Return the rows once this holds of each."""

        def rows() -> dict[str, dict[str, Any]] | None:
            found = self.rows()
            return found if all(map(holds, found.values())) else None

        return eventually(rows, what) or {}

    def _port(self) -> int:
        assert self.process.poll() is None, self.output
        return self.shown_port()

    def shown_port(self) -> int:
        """Return the port that the output names, 0 before it does."""
        found = _ADDRESS.search(self.output)
        return int(found[1]) if found else 0
