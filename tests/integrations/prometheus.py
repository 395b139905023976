"""Debian's Prometheus and its Alertmanager, each on its own port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integrations.daemon import Daemon, running


@contextmanager
def prometheus(folder: Path, configuration: str) -> Iterator[Daemon]:
    """Run Prometheus by this configuration, with its data in the folder."""
    (folder / "prometheus.yml").write_text(configuration, "utf-8")
    command = (
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=prometheus-data",
        "--web.listen-address=127.0.0.1:{port}",
    )
    with running(folder, *command, ready="/-/ready") as daemon:
        yield daemon


@contextmanager
def alertmanager(folder: Path, configuration: str, port: int = 0) -> Iterator[Daemon]:
    """Run Alertmanager by this configuration, without any others of its kind."""
    (folder / "alertmanager.yml").write_text(configuration, "utf-8")
    command = (
        "prometheus-alertmanager",
        "--config.file=alertmanager.yml",
        "--storage.path=alertmanager-data",
        "--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    )
    with running(folder, *command, ready="/-/ready", port=port) as daemon:
        yield daemon
