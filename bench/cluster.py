"""Several nodes on one PostgreSQL: the cost of a check, the time of a take-over, and the pages of a node."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Event, Thread
from time import monotonic, sleep
from typing import Self

from bench.comparison import Figures
from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm, Kind
from bench.port import HOME
from bench.postgresql import Server, binaries, running_server
from bench.program import ANSWERING, Program
from bench.stored_checks import StoredChecks
from bench.tree import Tree

_NOT_OK = "SELECT count(*) FROM task WHERE monitored AND status <> 'ok'"
_UNCHECKED = "SELECT count(*) FROM task WHERE monitored AND pings = 0"
_FREE = """
    SELECT count(*) FROM assignment
    WHERE NOT EXISTS (SELECT 1 FROM node WHERE node.incarnation = assignment.incarnation AND NOT over)"""
_OWNERS = """
    SELECT count(DISTINCT incarnation) FROM assignment WHERE name LIKE 'shard %%'"""

# The disk is shared with all else that a machine does. There is one checkpoint, at the start: WAL is measured
# without the images of pages that follow each checkpoint.
_SETTINGS = {
    "max_connections": 100,
    "shared_buffers": "256MB",
    "fsync": "off",
    "max_wal_size": "20GB",
    "checkpoint_timeout": "1h",
}

_AS_USUAL: Mapping[str, object] = {}

# Seconds until the first checks are written, and between two measurements of the oldest check.
SETTLING, PAUSE = 5.0, 0.1

# Seconds until 100,000 tasks have been checked once on a small machine.
PATIENCE = 600.0

# Requests for the first page of the overview.
REQUESTS = 10


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The pages, the server of the database, and the nodes."""

    farm: Farm
    server: Server
    programs: Sequence[Program]

    def used(self) -> tuple[float, float, float]:
        """Return the seconds of processors so far, of programs and server, and the bytes of WAL."""
        own = sum(program.cpu_seconds() for program in self.programs)
        return own, self.server.cpu_seconds(), self.server.wal_bytes()

    def checks(self) -> int:
        """Return the number of checks so far; to find out costs the server as much as thousands of them."""
        with self.server.connected() as query:
            return StoredChecks(query).pings()

    def verify(self) -> None:
        """Raise BenchError if a task is not ok, in the database or on a page of a node."""
        if wrong := self.server.number(_NOT_OK):
            raise BenchError([f"{wrong:g} tasks are not ok, though all pages are healthy"])
        for program in self.programs:
            shown = [row["status"] for row in program.rows().values()]
            if shown != ["ok"] * len(self.farm.pages):
                raise BenchError([f"the page on port {program.port} shows other tasks than all as ok"])


@contextmanager
def running_nodes(
    tree: Tree, tasks: int, count: int, interval: float, settings: Mapping[str, object] = _AS_USUAL
) -> Iterator[_Cluster]:
    """Run so many nodes, until all have their share; 0 is one process without the name of a node.

    The server of their database has these `settings` besides.

    Raises BenchError if PostgreSQL is not installed.
    """
    programs = binaries()
    if programs is None:
        raise BenchError(["PostgreSQL is not installed (apt-get install postgresql)"])
    with ExitStack() as stack:
        farm = stack.enter_context(Farm({Kind.HEALTHY: tasks}))
        server = stack.enter_context(running_server(programs, {**_SETTINGS, **settings}))
        main = {"database": server.url, "interval": interval, "error_interval": interval}
        keys = [{**main, "node": f"node{number}"} for number in range(count)] or [main]
        nodes = [stack.enter_context(Program(tree, farm, each)) for each in keys]
        eventually(
            lambda: not server.number(_UNCHECKED), "a check of each task", patience=PATIENCE, pause=0.5
        )
        if count:
            _wait_until_shared(server, count)
        sleep(SETTLING)
        yield _Cluster(farm, server, nodes)


def _wait_until_shared(server: Server, count: int) -> None:
    eventually(
        lambda: not server.number(_FREE) and server.number(_OWNERS) == count,
        f"the shares of {count} nodes",
        pause=0.2,
    )


def cost(tree: Tree, count: int, tasks: int, interval: float, seconds: float) -> Figures:
    """Measure what a check costs so many nodes and the database, 0 for one process without a name."""
    with running_nodes(tree, tasks, count, interval) as cluster:
        first, before = cluster.checks(), cluster.used()
        sleep(seconds)
        own, database, wal = (later - earlier for later, earlier in zip(cluster.used(), before, strict=True))
        checks = cluster.checks() - first
        cluster.verify()
    name = f"{count} node{'s' if count > 1 else ''}" if count else "one process, not a node"
    return {
        f"{name}: checks/s": checks / seconds,
        f"{name}: CPU µs a check": 1e6 * own / checks,
        f"{name}: database µs a check": 1e6 * database / checks,
        f"{name}: WAL bytes a check": wal / checks,
    }


class _OldestCheck:
    """The age of the oldest check, measured while something goes wrong."""

    def __init__(self, server: Server) -> None:
        self.most = 0.0
        self._server = server
        self._ending = Event()
        self._thread = Thread(target=self._measure)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _measure(self) -> None:
        with self._server.connected() as query:
            checks = StoredChecks(query)
            while not self._ending.wait(PAUSE):
                self.most = max(self.most, checks.oldest() or 0.0)


def take_over(tree: Tree, count: int, tasks: int, interval: float) -> Figures:
    """Measure how old the oldest check becomes by each fault of one of so many nodes."""
    faults: Mapping[str, Callable[[Program], None]] = {
        "stopped by SIGTERM": lambda program: program.process.send_signal(signal.SIGTERM),
        "killed": lambda program: program.process.kill(),
        "suspended": _suspend,
    }
    figures: dict[str, float] = {}
    for name, fault in faults.items():
        with running_nodes(tree, tasks, count, interval) as cluster:
            with _OldestCheck(cluster.server) as age:
                fault(cluster.programs[-1])
                _wait_until_shared(cluster.server, count - 1)
                sleep(2 * interval)
            cluster.programs[-1].process.send_signal(signal.SIGCONT)
        figures[f"{name}: s, oldest check"] = age.most
    return figures


def _suspend(program: Program) -> None:
    program.process.send_signal(signal.SIGSTOP)


def pages(tree: Tree, count: int, tasks: int, interval: float) -> Figures:
    """Measure the first page of many tasks on a node that owns its share of them."""
    with running_nodes(tree, tasks, count, interval) as cluster:
        node = cluster.programs[0]
        waits = sorted(_request(node) for _ in range(REQUESTS))
        memory = node.resident_mib()
    name = f"{tasks:,} tasks over {count} nodes"
    return {
        f"{name}: ms for the overview, half of all": 1000 * waits[len(waits) // 2],
        f"{name}: ms for the overview, the longest": 1000 * waits[-1],
        f"{name}: memory MiB of a node": memory,
    }


def _request(program: Program) -> float:
    """Return the seconds for the overview, as a browser requests it."""
    connection = HTTPConnection(HOME, program.port, timeout=ANSWERING)
    began = monotonic()
    connection.request("GET", "/", headers={"Accept": "text/html"})
    response = connection.getresponse()
    response.read()
    took = monotonic() - began
    connection.close()
    if response.status != HTTPStatus.OK:
        raise BenchError([f"the overview answered {response.status}; right is 200"])
    return took
