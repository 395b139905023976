"""A node of a cluster as a process, with its own folder, and its own link to the database."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.eventually import PATIENCE, eventually
from tests.support.faulty_link import FaultyLink
from tests.support.forked_program import PROGRAM
from tests.support.program import Pinger


@dataclass
class NodeProcess:
    """A node by its name; `inside`, `environ` and `program` are how its next run is started."""

    name: str
    folder: Path
    link: FaultyLink
    inside: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    program: Path = PROGRAM
    _runs: list[Pinger] = field(default_factory=list)

    @property
    def pinger(self) -> Pinger:
        """The newest run."""
        return self._runs[-1]

    @property
    def runs(self) -> bool:
        """Whether the process is there, stopped or not."""
        return bool(self._runs) and self.pinger.process.poll() is None

    @property
    def output(self) -> str:
        """All that the runs wrote."""
        return "".join(run.output for run in self._runs)

    @property
    def log(self) -> str:
        """What the runs wrote, without the notices, of which there are many."""
        return "\n".join(line for line in self.output.splitlines() if ".notices: " not in line)

    def start(self) -> None:
        """Start a run without waiting for anything."""
        run = Pinger(self.folder, program=self.program, inside=self.inside, environ=self.environ)
        run.start()
        self._runs.append(run)

    def wait_until_started(self) -> None:
        """Wait until the newest run watches its tasks, and its pages can be requested."""
        self.pinger.port = eventually(self._port, f"the start of node {self.name}")

    def kill(self) -> None:
        """End the process as kill -9 does."""
        self.pinger.kill()

    def restart(self) -> None:
        """Kill the process, and start the next at once."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Stop the process, as a machine that is suspended does."""
        self.pinger.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let the process continue."""
        self.pinger.process.send_signal(signal.SIGCONT)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the process for a while."""
        self.pause()
        try:
            yield
        finally:
            self.resume()

    def begin_stop(self) -> None:
        """Have the node stop by SIGTERM, whatever its end will be."""
        self.pinger.process.send_signal(signal.SIGTERM)

    def stop(self, within: float = PATIENCE) -> None:
        """Stop the node by SIGTERM; its exit code is 0."""
        code = self.pinger.stop(within=within)
        assert code == 0, self.pinger.output

    def reload(self) -> None:
        """Let the node apply its changed settings."""
        self.pinger.process.send_signal(signal.SIGHUP)

    def end(self) -> None:
        """End the process in any state, and search what it left behind."""
        for run in self._runs:
            run.kill()
        if self._runs:
            self.pinger.hold_secrets()

    def _port(self) -> int:
        assert self.runs, self.pinger.output
        return self.pinger.shown_port()
