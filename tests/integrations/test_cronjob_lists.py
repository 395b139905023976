"""Lists of CronJobs as the API of Kubernetes returns them."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.integrations.checks import INVALID, LATE, OK, verdicts, write_tasks
from tests.support.task_server import Server, says

RECORDED = Path(__file__).with_name("cronjobs.json")
JOBS = ("prod/dump", "prod/report", "test/dump", "prod/new", "prod/off")


def test_a_list_of_cronjobs(tmp_path: Path) -> None:
    """The schedule and the zone of each job say whether it is late; new and suspended ones are invalid."""
    with Server() as tasks:
        tasks.behaviours["/apis/batch/v1/cronjobs"] = says(RECORDED.read_bytes())
        urls = {job: tasks.url(f"/apis/batch/v1/cronjobs#{job}") for job in JOBS}
        write_tasks(
            tmp_path,
            {job: {"url": url, "page": "kubernetes-cronjobs", "grace": 30} for job, url in urls.items()},
        )

        def at(moment: str) -> list[tuple[str, str | None]]:
            found = verdicts(tmp_path, "--at", moment)
            return [found[url] for url in urls.values()]

        # 03:00 UTC daily, 06:00 in New York on weekdays, hourly.
        assert at("2026-08-03T09:00:00Z") == [OK, OK, LATE, INVALID, INVALID]
        assert at("2026-08-03T10:31:00Z") == [OK, LATE, LATE, INVALID, INVALID]
        assert at("2026-08-04T03:29:00Z")[0] == OK
        assert at("2026-08-04T03:31:00Z")[0] == LATE
        assert len(tasks.requests) == 4


def test_a_list_without_jobs(tmp_path: Path) -> None:
    """A namespace without CronJobs lists nothing, which is invalid."""
    empty = orjson.loads(RECORDED.read_bytes()) | {"items": []}
    with Server(says(empty)) as tasks:
        url = tasks.url("/apis/batch/v1/namespaces/prod/cronjobs#prod/dump")
        write_tasks(tmp_path, {"dump": {"url": url, "page": "kubernetes-cronjobs"}})
        assert verdicts(tmp_path) == {url: INVALID}
