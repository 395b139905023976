"""Files that the real nginx serves, and feeds that a library writes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedgenerator  # type: ignore[import-untyped]  # has no types
import pytest
from tests.integrations.checks import INVALID, LATE, OK, verdicts, write_tasks
from tests.support.program import Pinger
from tests.support.task_server import unused_port
from tests.support.tcp_proxy import behind_nginx, nginx

SITE = "server {{ listen 127.0.0.1:{port}; root {root}; access_log {root}/access.log; }}"
DAY = 86_400.0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Serve the folder by nginx; return its origin."""
    port = unused_port()
    with nginx(tmp_path, SITE.format(port=port, root=tmp_path), port):
        yield f"http://127.0.0.1:{port}"


def touch(file: Path, age: float) -> None:
    """Write a file that was last modified so many seconds ago."""
    file.write_bytes(b"x")
    then = time.time() - age
    os.utime(file, (then, then))


@behind_nginx
def test_a_file_of_nginx(tmp_path: Path, served: str) -> None:
    """A fresh file is ok by HEAD alone, an old one is late, and a missing one is an HTTP error."""
    touch(tmp_path / "fresh.tar", DAY - 600)
    touch(tmp_path / "old.tar", DAY + 600)
    names = ("fresh.tar", "old.tar", "none.tar")
    tasks = {name: {"url": f"{served}/{name}", "page": "last-modified", "frequency": 1440} for name in names}
    write_tasks(tmp_path, tasks)
    found = verdicts(tmp_path)
    assert [found[f"{served}/{name}"] for name in names] == [OK, LATE, ("error", "http")]
    requests = (tmp_path / "access.log").read_text("utf-8").splitlines()
    assert {line.split('"')[1].split()[0] for line in requests} == {"HEAD"}


@behind_nginx
def test_a_file_that_is_written_again(tmp_path: Path, served: str) -> None:
    """The running monitor reports a file that is not written any more, and that it is written again."""
    url, file = f"{served}/dump.sql", tmp_path / "dump.sql"
    touch(file, 2 * DAY)
    write_tasks(tmp_path, {"dump": {"url": url, "page": "last-modified", "frequency": 1440}})
    with Pinger(tmp_path) as pinger:
        row = pinger.judged()[url]
        assert (row["status"], row["cause"]) == LATE
        touch(file, 0)
        pinger.rows_where(lambda row: row["status"] == "ok", "the end of the incident")
        touch(file, 3 * DAY)
        pinger.rows_where(lambda row: row["cause"] == "late", "the next incident")


def feed(kind: type[feedgenerator.SyndicationFeed], *ages: float) -> str:
    """Return a feed with entries of these ages in days."""
    made = kind(title="Runs", link="https://b.example/", description="of a job")
    for age in ages:
        at = datetime.now(UTC) - timedelta(days=age)
        made.add_item(
            title="run", link=f"https://b.example/{age}", description="", pubdate=at, updateddate=at
        )
    return str(made.writeString("utf-8"))


@behind_nginx
@pytest.mark.parametrize(
    ("page", "kind"), [("rss", feedgenerator.Rss201rev2Feed), ("atom", feedgenerator.Atom1Feed)]
)
def test_a_feed(tmp_path: Path, served: str, page: str, kind: type[feedgenerator.SyndicationFeed]) -> None:
    """The newest entry counts, wherever it stands; a feed without entries is invalid."""
    feeds = {"fresh": (9, 0.5, 30), "old": (9, 1.5, 30), "empty": ()}
    for name, ages in feeds.items():
        (tmp_path / name).write_text(feed(kind, *ages), "utf-8")
    tasks = {name: {"url": f"{served}/{name}", "page": page, "frequency": 1440} for name in feeds}
    write_tasks(tmp_path, tasks)
    found = verdicts(tmp_path)
    assert [found[f"{served}/{name}"] for name in feeds] == [OK, LATE, INVALID]
