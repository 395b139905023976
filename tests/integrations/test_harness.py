"""What the integrations' tests stand on: the real programs run, and end when a test does."""

from pathlib import Path

import pytest
from tests.integrations.daemon import Daemon, needs
from tests.integrations.prometheus import alertmanager, prometheus

NOBODY = """
route: {receiver: nobody}
receivers: [{name: nobody}]
"""


@needs("prometheus")
def test_prometheus_runs(tmp_path: Path) -> None:
    """Prometheus answers queries while the test wants it, and is gone afterwards."""
    with prometheus(tmp_path, "scrape_configs: []") as running:
        answer = running.ask("/api/v1/query?query=1%2B1")
        assert answer["data"]["result"][1] == "2"
    assert running.process.poll() == 0


@needs("prometheus-alertmanager")
def test_alertmanager_runs_again(tmp_path: Path) -> None:
    """Alertmanager takes alerts, and can be started again where it was."""
    with alertmanager(tmp_path, NOBODY) as first:
        first.ask("/api/v2/alerts", [{"labels": {"alertname": "planted"}}])
        assert _names(first) == ["planted"]
    with alertmanager(tmp_path, NOBODY, first.port) as second:
        assert _names(second) == []


@needs("prometheus")
def test_a_program_that_ends_at_once_says_why(tmp_path: Path) -> None:
    """What a program said when it would not start is what the test shows."""
    with pytest.raises(AssertionError, match="parsing YAML file"), prometheus(tmp_path, "nonsense: 1"):
        raise AssertionError("it runs")


def _names(running: Daemon) -> list[str]:
    return [alert["labels"]["alertname"] for alert in running.ask("/api/v2/alerts")]
