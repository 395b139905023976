"""Speed of the pages while tasks are checked, and of the large page alone."""

from __future__ import annotations

from http.client import HTTPConnection
from time import monotonic, sleep
from urllib.parse import quote

from bench.comparison import Figures
from bench.errors import BenchError
from bench.farm import Farm, Kind
from bench.load import Load, ask
from bench.port import HOME
from bench.program import ANSWERING, Program
from bench.tree import Tree

# More than the program has threads for pages; the large page is requested by one client.
CLIENTS = 16

# Seconds until all that was in progress when the farm was held is written.
WRITING = 1.5

# Requests for the large page in each way.
LARGE = 5


def measure(tree: Tree, tasks: int, rate: float, seconds: float) -> Figures:
    """Measure one run with `tasks` of which `rate` are checked each second."""
    with Farm({Kind.HEALTHY: tasks}) as farm, Program(tree, farm, _main(tasks / rate)) as program:
        program.wait_until_judged()
        page = farm.pages[tasks // 2].url
        figures = {
            **_loaded(program, "/healthz", seconds),
            **_loaded(program, f"/task/{quote(page, safe='')}", seconds, "/task/…"),
            **_loaded(program, "/", seconds, clients=1),
            **_loaded(program, "/metrics", seconds, clients=1),
        }
        with farm.nginx.held():
            sleep(WRITING)
            figures |= _large(program)
        program.verify()
    return {f"{tasks:,} tasks: {name}": value for name, value in figures.items()}


def _main(interval: float) -> dict[str, object]:
    # Longer than the farm is ever held, so that holding it changes no verdict.
    return {"interval": interval, "timeout": 60, "retries": 0}


def _loaded(
    program: Program, target: str, seconds: float, name: str | None = None, clients: int = CLIENTS
) -> Figures:
    before, used = program.written.checks(), program.cpu_seconds()
    load = ask(program.port, target, seconds, clients)
    used = program.cpu_seconds() - used
    checks = (program.written.checks() - before) / load.seconds
    _wrong_unless_ok(load, target)
    shown = name or target
    return {
        f"{shown} answers/s": load.rate,
        f"{shown} ms, 99 %": 1000 * load.wait(0.99),
        f"{shown} checks/s meanwhile": checks,
        f"{shown} % of one core": 100 * used / load.seconds,
    }


def _wrong_unless_ok(load: Load, target: str) -> None:
    if set(load.statuses) != {200}:
        raise BenchError([f"{target} answered {dict(load.statuses)}; right is 200 each time"])


def _large(program: Program) -> Figures:
    """Request the page of all tasks, in full and by its ETag, without a change since."""
    connection = HTTPConnection(HOME, program.port, timeout=ANSWERING)
    first, size, etag = _asked(connection, None, 200)
    again = [_asked(connection, None, 200)[0] for _ in range(LARGE)]
    unchanged = [_asked(connection, etag, 304)[0] for _ in range(LARGE)]
    connection.close()
    return {
        "/ KiB": size / 1024,
        "/ ms, first after a change": 1000 * first,
        "/ ms, whole": 1000 * sum(again) / LARGE,
        "/ ms, unchanged (304)": 1000 * sum(unchanged) / LARGE,
    }


def _asked(connection: HTTPConnection, etag: str | None, right: int) -> tuple[float, int, str]:
    began = monotonic()
    connection.request("GET", "/", headers={"If-None-Match": etag} if etag else {})
    response = connection.getresponse()
    size = len(response.read())
    if response.status != right:
        raise BenchError([f"/ answered {response.status}; right is {right}"])
    return monotonic() - began, size, response.headers["ETag"]
