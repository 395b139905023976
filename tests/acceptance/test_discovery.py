"""All items of a page, discovered while running: they appear, vanish, and outlive a restart."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from tests.support.config_files import Sections, watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger, command
from tests.support.task_server import Server, says

PAGE: Sections = {"page jobs": {"each": "jobs", "name": "name", "lastrun": "t"}}
HELLO = "Hello World! Watching "
RECOVERED = "RECOVERED: Backups is ok again"
QUICK = {"reload": "signal", "interval": 0.3, "error_interval": 0.3}


def write(folder: Path, tasks: Server, *more: Sections, **keys: object) -> None:
    """Write pinger.ini with a task for all items of a page."""
    backups = {"task Backups": {"url": tasks.url("/jobs#*"), "page": "jobs", "frequency": 60, **keys}}
    write_ini(folder, watching(**QUICK), PAGE, backups, *more)


def show(tasks: Server, *names: str, ago: timedelta = timedelta(0)) -> None:
    """Have the page list items that ran some time ago."""
    ran = (datetime.now(UTC) - ago).isoformat()
    tasks.behaviours["/jobs"] = says({"jobs": [{"name": name, "t": ran} for name in names]})


def item(tasks: Server, name: str) -> str:
    """Return the URL of an item."""
    return tasks.url(f"/jobs#{quote(name, safe='/:')}")


def watched(pinger: Pinger, tasks: Server, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the rows once exactly the task for all items and these items are watched, and checked."""
    urls = {tasks.url("/jobs#*"), *(item(tasks, name) for name in names)}

    def rows() -> dict[str, dict[str, Any]] | None:
        found = pinger.rows()
        return found if found.keys() == urls and all(row["checked"] for row in found.values()) else None

    return eventually(rows, f"the items {names}") or {}


def messages(slack: Slack) -> list[str]:
    """Return what was sent about tasks: the titles up to the first time in them."""
    told = [text for text in slack.texts if not text.startswith((HELLO, "Py Pinger was "))]
    return [text.partition(" after ")[0].partition(" 20")[0] for text in told]


def age(folder: Path, missing: timedelta) -> None:
    """Have all missing items of a stopped Py Pinger be missing for longer."""
    with closing(sqlite3.connect(folder / "pinger.db")) as database, database:
        moved = database.execute(
            "UPDATE discovered SET missing_for = ? WHERE last_seen IS NOT NULL",
            (missing // timedelta(microseconds=1),),
        )
        assert moved.rowcount


def test_items_come_and_go(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """New items are quiet, a vanished one is notified once after a day, and a restart repeats nothing."""
    write(tmp_path, tasks, slack.block)
    show(tasks, "mail", "nightly build")
    with Pinger(tmp_path) as pinger:
        watched(pinger, tasks, ["mail", "nightly build"])
        show(tasks, "mail", "nightly build", "*", "a/b?c#d")
        rows = watched(pinger, tasks, ["mail", "nightly build", "*", "a/b?c#d"])
        assert [row["name"] for row in rows.values()] == ["Backups", "mail", "nightly build", "*", "a/b?c#d"]
        assert rows[tasks.url("/jobs#*")]["reason"] == "lists 4 items"
        assert {row["status"] for row in rows.values()} == {"ok"}
        for url in rows:
            assert pinger.get(f"/task/{quote(url, safe='')}").json["data"]["url"] == url
        show(tasks, "mail", "*")
        url = item(tasks, "nightly build")
        eventually(lambda: pinger.rows()[url]["warnings"], "the warning that it is not listed")
        assert pinger.rows()[url]["status"] == "ok"
    assert messages(slack) == []
    age(tmp_path, timedelta(days=1) - timedelta(seconds=1))
    with Pinger(tmp_path) as pinger:
        assert len(pinger.rows()) == 5
        watched(pinger, tasks, ["mail", "*"])
        eventually(lambda: len(messages(slack)) == 2, "the notices")
        pinger.checked(3)
    told = "is no longer listed by Backups; it was last seen"
    assert sorted(messages(slack)) == [f"REMOVED: a/b?c#d {told}", f"REMOVED: nightly build {told}"]
    with Pinger(tmp_path) as pinger:
        watched(pinger, tasks, ["mail", "*"])
        show(tasks, "mail", "*", "nightly build")
        watched(pinger, tasks, ["mail", "*", "nightly build"])
    assert len(messages(slack)) == 2
    silenced = command(tmp_path, "silence", item(tasks, "nightly build"), "--for", "1h")
    assert "1 task (nightly build) silenced" in silenced.stdout


def test_an_outage_of_the_page(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """An outage is one message about the page, removes nothing, and survives a kill; then all go on.

    The message that was being sent when the program was killed may come twice.
    """
    write(tmp_path, tasks, slack.block)
    names = [f"job {number}" for number in range(30)]
    show(tasks, *names)
    with Pinger(tmp_path) as pinger:
        watched(pinger, tasks, names)
        tasks.behaviours["/jobs"] = says(b"<html>maintenance</html>", "503 Service Unavailable")
        eventually(lambda: messages(slack), "the alert")
        pinger.rows_where(lambda row: row["errors"] >= 2, "failures of all")
        pinger.kill()
        pinger.process.wait()
    with Pinger(tmp_path) as pinger:
        pinger.rows_where(lambda row: row["errors"] >= 4, "failures of all again")
        assert len(pinger.rows()) == 31
        show(tasks)
        pinger.rows_where(lambda row: row["cause"] == "invalid", "a page without items")
        show(tasks, *names)
        eventually(lambda: RECOVERED in messages(slack), "the recovery")
        pinger.rows_where(lambda row: row["status"] == "ok", "all to be well")
        pinger.checked(3)
    failed = "FAILED: Backups is returning an HTTP error"
    assert messages(slack) in ([failed, RECOVERED], [failed, failed, RECOVERED])


def test_an_item_is_late(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A late item is notified by itself, by the route of its pattern; a restart does not repeat it."""
    (block,) = slack.block.values()
    routed = {"slack": {**block, "tasks": tasks.url("/jobs#m*"), "about_itself": False}}
    write(tmp_path, tasks, routed)
    show(tasks, "mail", "web", ago=timedelta(hours=2))
    with Pinger(tmp_path) as pinger:
        watched(pinger, tasks, ["mail", "web"])
        eventually(lambda: messages(slack), "the alert")
        assert "matches no task" not in pinger.output
    with Pinger(tmp_path) as pinger:
        pinger.checked(2)
        show(tasks, "mail", "web")
        eventually(lambda: len(messages(slack)) == 2, "the recovery")
    assert messages(slack) == ["FAILED: mail is late", "RECOVERED: mail is ok again"]


def test_a_reload(tmp_path: Path, tasks: Server, slack: Slack) -> None:
    """A reload keeps items and changes their settings; one that is named then is no longer discovered."""
    write(tmp_path, tasks, slack.block)
    show(tasks, "mail", "web")
    with Pinger(tmp_path) as pinger:
        watched(pinger, tasks, ["mail", "web"])
        named: Sections = {
            "task Post": {"url": tasks.url("/jobs#mail"), "page": "jobs", "frequency": 5, "interval": 0.3}
        }
        write(tmp_path, tasks, slack.block, named, frequency=30)
        pinger.process.send_signal(signal.SIGHUP)
        url = item(tasks, "web")
        eventually(lambda: pinger.rows()[url]["frequency"] == 30, "the new frequency")
        rows = eventually(lambda: pinger.checked(2), "more checks") or {}
        assert {row["name"]: row["frequency"] for row in rows.values()} == {
            "Backups": None,
            "web": 30,
            "Post": 5,
        }
        show(tasks, "web")
        eventually(lambda: pinger.rows()[item(tasks, "mail")]["cause"] == "invalid", "the named one to fail")
        write_ini(tmp_path, watching(**QUICK), PAGE, named, slack.block)
        pinger.process.send_signal(signal.SIGHUP)
        eventually(lambda: list(pinger.rows()) == [item(tasks, "mail")], "the items to go with their section")
    assert messages(slack) == [
        "FAILED: Post is returning an invalid report",
        "The configuration was changed: 2 of 3 tasks removed.",
    ]


def test_check(tmp_path: Path, tasks: Server) -> None:
    """`pinger check` lists each item with its verdict, and knows the settings of one by its URL."""
    write(tmp_path, tasks, {"main": {**QUICK, "port": 0}})
    show(tasks, "mail", "nightly build")
    found = command(tmp_path, "check", "--json")
    assert [(row["url"], row["status"]) for row in orjson.loads(found.stdout)] == [
        (tasks.url("/jobs#*"), "ok"),
        (item(tasks, "mail"), "ok"),
        (item(tasks, "nightly build"), "ok"),
    ]
    show(tasks, "mail", ago=timedelta(hours=2))
    failing = command(tmp_path, "check", "--json", item(tasks, "mail"))
    assert [row["cause"] for row in orjson.loads(failing.stdout)] == ["late"]
    assert failing.returncode == 1
