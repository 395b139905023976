"""Job runs in a real PostgreSQL, served as the JSON that it makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, create_engine
from tests.integrations.checks import FAILED, INVALID, LATE, OK, verdicts, write_tasks
from tests.support.postgres import BINARIES, running_cluster
from tests.support.program import Pinger
from tests.support.task_server import Exchange, Server, answer

pytestmark = pytest.mark.skipif(
    not BINARIES, reason="PostgreSQL is not installed (apt-get install postgresql)"
)

TABLE = """
CREATE TABLE runs (
    job text, finished timestamptz, local timestamp, epoch double precision, success boolean, note text
)
"""
# `finished` so many hours ago, in each type that holds a time.
RUN = """
INSERT INTO runs
SELECT %(job)s, at, at AT TIME ZONE 'Asia/Kathmandu', extract(epoch FROM at), %(success)s, 'exit 1'
FROM (SELECT now() - %(hours)s * interval '1 hour' AS at) AS moment
"""
PENDING = "INSERT INTO runs VALUES ('pending', NULL, NULL, NULL, NULL, NULL)"

PAGE = {"each": "@", "name": "job", "status": "success", "reason": "note"}
PAGES = {
    "finished": PAGE | {"lastrun": "finished"},
    "local": PAGE | {"lastrun": "local", "timezone": "Asia/Kathmandu"},
    "epoch": PAGE | {"lastrun": "epoch"},
}


@pytest.fixture
def database() -> Iterator[Engine]:
    """Run PostgreSQL with a table of job runs."""
    with running_cluster() as cluster:
        engine = create_engine(cluster.empty_database(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(TABLE)
            connection.exec_driver_sql(PENDING)
        yield engine
        engine.dispose()


def run(engine: Engine, job: str, hours: float, *, success: bool) -> None:
    """Note a run that finished so many hours ago."""
    with engine.connect() as connection:
        connection.exec_driver_sql(RUN, {"job": job, "hours": hours, "success": success})


@pytest.fixture
def served(database: Engine) -> Iterator[Server]:
    """Serve the table as PostgreSQL's JSON."""

    def runs(exchange: Exchange) -> None:
        with database.connect() as connection:
            text = connection.exec_driver_sql(
                "SELECT coalesce(json_agg(runs), '[]')::text FROM runs"
            ).scalar()
        exchange.send(answer(str(text).encode()))

    with Server(runs) as server:
        yield server


@pytest.mark.parametrize("page", PAGES)
def test_runs_of_jobs(tmp_path: Path, database: Engine, served: Server, page: str) -> None:
    """Of each job the newest run counts, in each type of a time: ok, late, failed, and one that never ran."""
    run(database, "dump", 30, success=False)
    run(database, "dump", 2, success=True)
    run(database, "mail", 30, success=True)
    run(database, "a/b c", 2, success=True)
    run(database, "a/b c", 1, success=False)
    jobs = ("dump", "mail", "a/b c", "pending")
    urls = [served.url(f"/runs#{quote(job, safe='')}") for job in jobs]
    tasks = {job: {"url": url, "page": page, "frequency": 1440} for job, url in zip(jobs, urls, strict=True)}
    write_tasks(tmp_path, tasks, PAGES)
    found = verdicts(tmp_path)
    assert [found[url] for url in urls] == [OK, LATE, FAILED, INVALID]
    assert len(served.requests) == 1


def test_a_run_that_is_added(tmp_path: Path, database: Engine, served: Server) -> None:
    """The running monitor follows the table: late, ok once a run is added, and failed with the next."""
    run(database, "dump", 30, success=True)
    url = served.url("/runs#dump")
    write_tasks(tmp_path, {"dump": {"url": url, "page": "finished", "frequency": 1440}}, PAGES)
    with Pinger(tmp_path) as pinger:
        assert pinger.judged()[url]["cause"] == "late"
        run(database, "dump", 0, success=True)
        pinger.rows_where(lambda row: row["status"] == "ok", "the run")
        run(database, "dump", 0, success=False)
        row = pinger.rows_where(lambda row: row["cause"] == "failed", "the failure")[url]
        assert row["reason"] == "exit 1"
