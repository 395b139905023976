"""Py Pinger as a separate process with an ini file, monitoring a farm."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Self

from bench.database_growth import Database
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm
from bench.farm.farm import wrong_notices, wrong_verdicts
from bench.farm.slack import TOKEN
from bench.port import HOME, free_port, listens_at
from bench.process import cpu_seconds, resident_mib, stopped
from bench.tree import Tree

# Seconds that the program may take to listen, with all that it reads before.
STARTING = 120.0

# Seconds for one page of the program; that with 100,000 tasks is large.
ANSWERING = 120.0


class Program:
    """A run of Py Pinger; `started` is when, in monotonic seconds, `pid` its process.

    `main` is for [main]: whatever differs from the defaults. With `slack`, messages go to the farm's.
    A `folder` given is kept, with the database in it. `sections` are more lines of the ini file, whose tasks
    the farm has to expect. The farm's own tasks are `listed` by their URLs, or else have a section each.
    """

    def __init__(
        self,
        tree: Tree,
        farm: Farm,
        main: Mapping[str, object],
        *,
        slack: bool = False,
        folder: Path | None = None,
        sections: str = "",
        listed: bool = True,
    ) -> None:
        self.port = free_port()
        self._tree = tree
        self._farm = farm
        self._main = main
        self._slack = slack
        self._folder = folder
        self._sections = sections
        self._listed = listed
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = self._folder or Path(stack.enter_context(TemporaryDirectory(prefix="py-pinger-bench-")))
            self.written = Database(folder / "pinger.db")
            self._output = stack.enter_context((folder / "output").open("w+b"))
            self._start(folder, stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    def cpu_seconds(self) -> float:
        """Return the processor time used so far."""
        return cpu_seconds(self.pid)

    def resident_mib(self) -> float:
        """Return the memory held now."""
        return resident_mib(self.pid)

    def answer(self, target: str) -> tuple[int, bytes]:
        """Return the status and body of a page of the program, in JSON."""
        with closing(http.client.HTTPConnection(HOME, self.port, timeout=ANSWERING)) as connection:
            connection.request("GET", target)
            response = connection.getresponse()
            return response.status, response.read()

    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the program's row of each task."""
        _, body = self.answer("/")
        return {row["url"]: row for row in json.loads(body)["data"]}

    def wait_until_judged(self) -> None:
        """Wait for a verdict on each task."""
        everything = len(self._farm.expected)
        what = f"a verdict on each of {everything:,} tasks"
        eventually(lambda: self.written.judged() >= everything, what, self.process, patience=240, pause=0.2)

    def verify(self) -> None:
        """Check all verdicts that are shown and all notices that were written.

        Raises BenchError, naming all that is not.
        """
        shown = {url: (row["status"], row["cause"]) for url, row in self.rows().items()}
        _hold([*wrong_verdicts(self._farm.expected, shown)])
        _hold([*wrong_notices(self._farm.expected, self.written.notices())])

    def verify_written(self) -> None:
        """Check all verdicts that were written, without a request to the program.

        Raises BenchError, naming all that are not.
        """
        _hold([*wrong_verdicts(self._farm.expected, self.written.verdicts())])

    def _start(self, folder: Path, stack: ExitStack) -> None:
        ini = self._written_ini(folder)
        command = [sys.executable, str(self._tree.program), "run", "--config", str(ini)]
        # Bytecode is cached, as at a second start.
        environ = {**os.environ, "SSL_CERT_FILE": str(self._farm.certificate.chain)}
        self.started = monotonic()
        self.process = subprocess.Popen(command, cwd=folder, env=environ, stderr=self._output)
        stack.callback(stopped, self.process)
        try:
            eventually(
                lambda: listens_at(self.port), "Py Pinger to listen", self.process, STARTING, pause=0.002
            )
        except BenchError as wrong:
            raise BenchError([str(wrong), *self._last_words()]) from None

    def _last_words(self) -> list[str]:
        self._output.seek(0)
        return self._output.read().decode().splitlines()[-5:]

    def _written_ini(self, folder: Path) -> Path:
        main = {"host": HOME, "port": self.port, "only_log": not self._slack, **self._main}
        lines = ["[main]", *(f"{key} = {value}" for key, value in main.items()), *self._tasks(folder)]
        if self._slack:
            lines += ["[slack]", f"url = {self._farm.slack_url}", f"token = {TOKEN}", "channel = bench"]
        ini = folder / "pinger.ini"
        ini.write_text("\n".join((*lines, self._sections, "")), "utf-8")
        return ini

    def _tasks(self, folder: Path) -> Iterator[str]:
        """Yield the lines of the ini file for the farm's tasks; their list is a file in the folder."""
        if self._listed:
            (folder / "urls.txt").write_text("".join(f"{page.url}\n" for page in self._farm.pages), "utf-8")
            yield from ("[urls]", "prod = @urls.txt")
            return
        for number, page in enumerate(self._farm.pages):
            yield f"[task t{number}]\nurl = {page.url}\n"


def _hold(problems: list[str]) -> None:
    if problems:
        raise BenchError(problems)
