"""A task that has not run yet: pending until its first deadline, also over a restart and an outage."""

from __future__ import annotations

from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.program import Pinger
from tests.support.task_pages import report
from tests.support.task_server import Server, says

NOT_YET = {**report(frequency=0.05), "lastrun": None}


def test_a_task_that_has_not_run_yet(tmp_path: Path, tasks: Server) -> None:
    """A null lastrun is pending, then late 3 seconds after the first report, even if restarted meanwhile."""
    tasks.behaviours["/task"] = says(NOT_YET)
    url = tasks.url("/task")
    write_ini(tmp_path, watching(url, interval=0.2, error_interval=0.2))
    with Pinger(tmp_path) as pinger:
        first = pinger.rows_where(lambda row: row["checked"] is not None, "the first check")[url]
        assert (first["status"], first["reason"], first["lastrun"]) == ("pending", "has not run yet", None)
        assert "Not run yet." in pinger.get(f"/task/{url}", accept="text/html").body.decode()
        assert pinger.get(f"/task/{url}").status == 200
    with Pinger(tmp_path) as pinger:
        late = pinger.rows_where(lambda row: row["status"] == "error", "the task to be late")[url]
        assert (late["cause"], late["reason"]) == ("late", "has never run, should run every 0.05 min")
        assert late["deadline"] == first["deadline"]
        tasks.behaviours["/task"] = says(report())
        pinger.rows_where(lambda row: row["status"] == "ok", "the first run")
