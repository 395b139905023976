"""The pages of the real Prometheus, read as pages of another program."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.integrations.checks import FAILED, LATE, OK, Keys, verdicts, write_tasks
from tests.integrations.daemon import needs
from tests.integrations.prometheus import prometheus
from tests.support.eventually import eventually

pytestmark = needs("prometheus")

PAGES: dict[str, Keys] = {
    "start": {"as": "metrics", "lastrun": "process_start_time_seconds"},
    "reload": {
        "as": "metrics",
        "lastrun": "prometheus_config_last_reload_success_timestamp_seconds",
        "status": "prometheus_config_last_reload_successful",
        "ok": 1,
        "reason": "'invalid configuration'",
    },
    "info": {
        "lastrun": "data.startTime",
        "status": "data.reloadConfigSuccess",
        "reason": "data.storageRetention",
    },
}
PATHS = {"start": "/metrics", "reload": "/metrics?reload", "info": "/api/v1/status/runtimeinfo"}


def test_the_pages_of_prometheus(tmp_path: Path) -> None:
    """Metrics and the API state the start and the last reload: ok, late an hour on, and failed."""
    with prometheus(tmp_path, "scrape_configs: []") as running:
        urls = {name: f"{running.origin}{path}" for name, path in PATHS.items()}
        tasks = {name: {"url": url, "page": name, "frequency": 50} for name, url in urls.items()}
        write_tasks(tmp_path, tasks, {name: PAGES[name] for name in PATHS})
        assert verdicts(tmp_path) == dict.fromkeys(urls.values(), OK)
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        assert verdicts(tmp_path, "--at", later) == dict.fromkeys(urls.values(), LATE)

        (tmp_path / "prometheus.yml").write_text("scrape_configs: no list", "utf-8")
        running.process.send_signal(signal.SIGHUP)
        expected = {urls["start"]: OK, urls["reload"]: FAILED, urls["info"]: FAILED}
        eventually(lambda: verdicts(tmp_path) == expected, "the failed reload")
