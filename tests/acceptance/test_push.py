"""Tasks that send their reports: by the ping protocol, over restarts and reloads."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

from tests.support.config_files import Sections, watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.program import Pinger

KEY = "p1nger-0123456789-abcdefghij"
TOKEN = str(uuid4())
PUSH: Sections = {"push": {"key": KEY}}
HOURLY = {"push": "job", "frequency": 60}


def write(folder: Path, *sections: Sections, **main: object) -> None:
    """Write pinger.ini with these sections, read again by a signal only."""
    write_ini(folder, watching(reload="signal", **main), *sections)


def ping(pinger: Pinger, path: str, *options: str) -> tuple[str, int]:
    """Ping as people do, by curl; return the body and the status."""
    url = f"http://127.0.0.1:{pinger.port}{path}"
    command = ["curl", "-sS", "-m", "20", "-w", "\n%{http_code}", *options, url]
    body, _, status = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rpartition(
        "\n"
    )
    return body, int(status)


def row_where(pinger: Pinger, **wanted: object) -> dict[str, Any]:
    """Return the only row once it has these values."""

    def row() -> dict[str, Any] | None:
        found = [*pinger.rows().values()]
        return found[0] if len(found) == 1 and wanted.items() <= found[0].items() else None

    return eventually(row, f"a row with {wanted}") or {}


def message(slack: Slack, start: str) -> str:
    """Return what is below the title of the message with this start, once it has come."""

    def found() -> list[dict[str, Any]]:
        return [each for each in slack.delivered if str(each["text"]).startswith(start)]

    return str(eventually(found, start)[0]["attachments"][0]["text"])


def hold_secrets(folder: Path, pinger: Pinger) -> None:
    """Assert that neither the key nor the token is in anything but pinger.ini."""
    shown = [*pinger._shown, *(each.read_bytes() for each in folder.iterdir() if each.name != "pinger.ini")]  # noqa: SLF001 - all that was shown
    assert [text for text in shown if KEY.encode() in text or TOKEN.encode() in text] == []


def test_a_failure_is_notified_with_its_log(tmp_path: Path, slack: Slack) -> None:
    """At once, with the end of what the run has written; the next success ends the incident."""
    write(tmp_path, PUSH, {"task Backup": HOURLY}, slack.block)
    with Pinger(tmp_path) as pinger:
        row_where(pinger, status="pending", reason="has not reported yet")
        assert ping(pinger, f"/ping/{KEY}/job/start") == ("OK", 200)
        row_where(pinger, status="pending", reason="runs for the first time")
        log = f"copying\n{KEY}\nno space left"
        assert ping(pinger, f"/ping/{KEY}/job/3", "--data-binary", log) == ("OK", 200)
        failing = row_where(pinger, status="error", cause="failed")
        assert failing["reason"] == "copying / *** / no space left"
        text = message(slack, "FAILED: Backup")
        assert text.startswith("Reason: no space left\n")
        assert text.endswith("\npush:job\nLog:\ncopying\n***\nno space left")
        page = pinger.get("/task/push:job", accept="text/html").body.decode()
        assert "copying\n***\nno space left" in page
        (run,) = pinger.get("/history/push:job").json["data"]["runs"]
        assert (run["exit_code"], run["healthy"]) == (3, False)
        assert run["duration_ms"] >= 0
        assert ping(pinger, f"/ping/{KEY}/job") == ("OK", 200)
        message(slack, "RECOVERED: Backup")
    hold_secrets(tmp_path, pinger)


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    """The run that was under way goes on after kill -9, and its end counts once."""
    write(tmp_path, {"task Own": {**HOURLY, "token": TOKEN}})
    run = uuid4()
    with Pinger(tmp_path) as pinger:
        assert ping(pinger, f"/ping/{TOKEN}/start?rid={run}") == ("OK", 200)
        assert ping(pinger, f"/ping/{KEY}/job") == ("not found", 404)
        pinger.kill()
    with Pinger(tmp_path) as pinger:
        # Until its first check the task is shown as it was stored, which does not say since when it runs.
        eventually(lambda: row_where(pinger, reason="runs for the first time")["running_since"], "the run")
        for _ in range(2):
            assert ping(pinger, f"/ping/{TOKEN}?rid={run}") == ("OK", 200)
        row_where(pinger, status="ok", running_since=None)
        pinger.kill()
    with Pinger(tmp_path) as pinger:
        row_where(pinger, status="ok")
        runs = pinger.get("/history/push:job").json["data"]["runs"]
        assert [each["healthy"] for each in runs] == [True]
        assert runs[0]["duration_ms"] > 0
    hold_secrets(tmp_path, pinger)


def test_a_run_that_does_not_end_is_late_at_once(tmp_path: Path) -> None:
    """Its deadline is noticed when it comes, not at the next interval of five minutes."""
    write(tmp_path, PUSH, {"task Backup": {**HOURLY, "runtime": "1s", "interval": "5m"}})
    with Pinger(tmp_path) as pinger:
        ping(pinger, f"/ping/{KEY}/job")
        ping(pinger, f"/ping/{KEY}/job/start")
        row_where(pinger, status="ok")
        assert row_where(pinger, cause="late")["reason"].startswith("running for 1")


def test_a_reload_adds_and_removes_pushed_tasks(tmp_path: Path) -> None:
    """The routes are there from the first pushed task on, and a removed task is unknown."""
    write(tmp_path)
    with Pinger(tmp_path) as pinger:
        assert ping(pinger, f"/ping/{KEY}/job")[1] == 404
        write(tmp_path, PUSH, {"task Backup": HOURLY})
        pinger.process.send_signal(signal.SIGHUP)
        row_where(pinger, status="pending")
        assert ping(pinger, f"/ping/{KEY}/job") == ("OK", 200)
        row_where(pinger, status="ok")
        write(tmp_path, PUSH, {"task Other": {**HOURLY, "push": "other"}})
        pinger.process.send_signal(signal.SIGHUP)
        row_where(pinger, url="push:other")
        assert ping(pinger, f"/ping/{KEY}/job") == ("not found", 404)
        assert ping(pinger, f"/ping/{KEY}/other") == ("OK", 200)


def test_a_report_that_was_lost_makes_its_task_unknown(tmp_path: Path) -> None:
    """It was due while Py Pinger did not run; the task is late when the next one fails to come, too."""
    write(tmp_path, PUSH, {"task Backup": {**HOURLY, "frequency": "6s"}})
    with Pinger(tmp_path) as pinger:
        assert ping(pinger, f"/ping/{KEY}/job") == ("OK", 200)
        row_where(pinger, status="ok")
        pinger.kill()
    sleep(6)
    with Pinger(tmp_path) as pinger:
        row_where(pinger, status="error", cause="late")
        spans = pinger.get("/history/push:job").json["data"]["spans"]
        assert [span["status"] for span in spans][:2] == ["error", "unknown"]
