"""The monitors that are compared: how each is started, and how its results are read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from bench.errors import BenchError
from bench.eventually import eventually
from bench.farm import Farm
from bench.peers.debian import binaries
from bench.port import HOME, free_port
from bench.process import stopped
from bench.program import Program
from bench.tree import HERE, Tree

_BLACKBOX = """
modules:
  fresh:
    prober: http
    timeout: 10s
    http: {preferred_ip_protocol: ip4, fail_if_body_not_matches_regexp: ['"status": "ok"']}
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """A running monitor: its processes, and the number of tasks that it reports in error."""

    pids: Sequence[int]
    judged: Callable[[], int]
    in_error: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Watcher:
    """A monitor that can watch a farm, each page every so many seconds."""

    name: str
    watch: Callable[[Farm, int], AbstractContextManager[Watch]]


def watchers(tree: Tree) -> tuple[list[Watcher], list[str]]:
    """Return the monitors that can run on this machine, and why others cannot."""
    able, unable = [of_py_pinger(tree)], []
    try:
        folder = binaries()
        able.append(Watcher("Prometheus", lambda farm, interval: _prometheus(folder, farm, interval)))
    except BenchError as wrong:
        unable.append(str(wrong))
    if find_spec("gevent"):
        able.append(of_gevent_baseline())
    else:
        unable.append("the old way is left out: gevent is missing; install requirements-bench.txt")
    return able, unable


def of_py_pinger(tree: Tree) -> Watcher:
    """Return Py Pinger."""
    return Watcher("Py Pinger", lambda farm, interval: _py_pinger(tree, farm, interval))


def of_gevent_baseline() -> Watcher:
    """Return a monitor built as the old program was; it needs gevent."""
    return Watcher("the old way", _gevent_baseline)


@contextmanager
def _py_pinger(tree: Tree, farm: Farm, interval: int) -> Iterator[Watch]:
    main = {"interval": interval, "error_interval": interval}
    with Program(tree, farm, main) as program:
        written = program.written
        yield Watch([program.pid], written.judged, lambda: written.with_status("error"))


@contextmanager
def _gevent_baseline(farm: Farm, interval: int) -> Iterator[Watch]:
    port = free_port()
    urls = farm.folder / "urls.txt"
    urls.write_text("\n".join(page.url for page in farm.pages), "utf-8")
    command = [sys.executable, "-m", "bench.gevent_baseline", str(port), str(interval), str(urls)]
    with _running(command, f"http://{HOME}:{port}/") as pid:

        def statuses() -> list[str]:
            return list(_json(f"http://{HOME}:{port}/").values())

        yield Watch([pid], lambda: len(statuses()), lambda: statuses().count("error"))


@contextmanager
def _prometheus(binaries: Path, farm: Farm, interval: int) -> Iterator[Watch]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="py-pinger-prometheus-")))
        prober, port = free_port(), free_port()
        (folder / "blackbox.yml").write_text(_BLACKBOX, "utf-8")
        (folder / "prometheus.yml").write_text(_scraping(farm, interval, prober), "utf-8")
        exporter = stack.enter_context(
            _running(
                [
                    str(binaries / "prometheus-blackbox-exporter"),
                    f"--config.file={folder / 'blackbox.yml'}",
                    f"--web.listen-address={HOME}:{prober}",
                    "--log.level=error",
                ],
                f"http://{HOME}:{prober}/-/healthy",
            )
        )
        server = stack.enter_context(
            _running(
                [
                    str(binaries / "prometheus"),
                    f"--config.file={folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address={HOME}:{port}",
                    "--log.level=error",
                ],
                f"http://{HOME}:{port}/-/ready",
            )
        )
        yield Watch(
            [server, exporter],
            lambda: _counted(port, "count(probe_success)"),
            lambda: _counted(port, "count(probe_success == 0)"),
        )


def _scraping(farm: Farm, interval: int, prober: int) -> str:
    """Return the configuration of Prometheus, in JSON, which is YAML too."""
    relabeling = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": f"{HOME}:{prober}"},
    ]
    job = {
        "job_name": "tasks",
        "metrics_path": "/probe",
        "params": {"module": ["fresh"]},
        "static_configs": [{"targets": [page.url for page in farm.pages]}],
        "relabel_configs": relabeling,
    }
    pace = {"scrape_interval": f"{interval}s", "scrape_timeout": f"{interval}s"}
    return json.dumps({"global": pace, "scrape_configs": [job]})


def _counted(port: int, query: str) -> int:
    answer = _json(f"http://{HOME}:{port}/api/v1/query?query={quote(query)}")
    return sum(int(result["value"][1]) for result in answer["data"]["result"])


@contextmanager
def _running(command: Sequence[str], sign: str) -> Iterator[int]:
    """Run a program, ready once its page `sign` answers."""
    process = subprocess.Popen(command, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(sign), f"{Path(command[0]).name} to be ready", process)
        yield process.pid
    finally:
        stopped(process)


def _answers(url: str) -> bool:
    try:
        with urlopen(url):
            return True
    except OSError:
        return False


def _json(url: str) -> dict[str, Any]:
    with urlopen(url) as answer:
        content: dict[str, Any] = json.load(answer)
    return content
