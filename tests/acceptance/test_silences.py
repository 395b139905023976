"""Silenced and inhibited failures are not notified; every message is counted."""

from __future__ import annotations

import shlex
from pathlib import Path
from re import MULTILINE, findall
from urllib.parse import quote

from tests.support.config_files import watching, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.planted_secrets import WEB_PASSWORD
from tests.support.program import ROOT, Pinger, command
from tests.support.task_pages import failing, report
from tests.support.task_server import Server, says

ENVIRON = {"WEB_PASSWORD": WEB_PASSWORD}


class Stage:
    """Three tasks, of which `app` depends on `db`, and a Slack that counts."""

    def __init__(self, folder: Path, tasks: Server, slack: Slack) -> None:
        self.folder, self.tasks, self.slack = folder, tasks, slack
        self.urls = {name: tasks.url(f"/{name}") for name in ("job", "db", "app")}
        write_ini(
            folder,
            watching(*self.urls.values(), web_password="${WEB_PASSWORD}"),
            {f"task {url}": {"name": name} for name, url in self.urls.items() if name != "app"},
            {f"task {self.urls['app']}": {"name": "app", "depends_on": "db"}},
            slack.block,
        )

    def let(self, name: str, *, fail: bool) -> None:
        """Let a task fail, or be well."""
        self.tasks.behaviours[f"/{name}"] = says(failing() if fail else report())

    def told(self) -> list[str]:
        """Return the notices, without their author and duration."""
        words = (text.partition(" on My Server")[0] for text in self.slack.texts)
        return [text for text in words if not text.startswith(("Hello World!", "Py Pinger was"))]

    def row(self, pinger: Pinger, name: str) -> dict[str, object]:
        """Return what is known of a task."""
        found: dict[str, object] = pinger.rows()[self.urls[name]]
        return found

    def run(self, wanted: str) -> str:
        """Run the command of the documentation that begins so, on the job alone."""
        page = (ROOT / "docs" / "silences.md").read_text("utf-8")
        (line,) = findall(rf"^\$ pinger ({wanted} .*|{wanted})$", page, MULTILINE)
        arguments = [each.replace("https://my-backend.com/*", "*/job") for each in shlex.split(line)]
        done = command(self.folder, *arguments, environ=ENVIRON)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


def silenced_through_a_failure(stage: Stage, pinger: Pinger) -> object:
    """Silence the job by the command of the documentation, and let it fail; return since when it does."""
    assert stage.run("silence").startswith("Created silence 1: 1 task (job) silenced until ")
    assert "*/job  until " in stage.run("silences")
    eventually(lambda: stage.row(pinger, "job")["silenced"], "the silence to be heeded")
    stage.let("job", fail=True)
    eventually(lambda: stage.row(pinger, "job")["status"] == "error", "the failure")
    shown = pinger.checked(3)[stage.urls["job"]]
    assert (shown["told"], stage.told()) == (None, [])
    assert str(shown["silenced_why"]).startswith("new database (")
    assert pinger.get(f"/task/{stage.urls['job']}").status == 500
    return shown["incident_since"]


def told_after_the_silence(stage: Stage, pinger: Pinger, since: object) -> None:
    """End the silence after a restart: one message has the true beginning."""
    assert pinger.checked(3)[stage.urls["job"]]["incident_since"] == since
    assert stage.told() == []
    assert stage.run("unsilence").startswith("Silence 1 (*/job) ended;")
    eventually(stage.told, "the alert")
    assert str(since).replace("T", " ").replace("Z", " UTC") in repr(stage.slack.delivered[-1])
    stage.let("job", fail=False)
    eventually(lambda: len(stage.told()) > 1, "the end of it")


def silenced_from_the_page(stage: Stage, pinger: Pinger) -> None:
    """Silence the job by the form on its page; what comes and goes meanwhile is never notified."""
    form = f"/silence/{quote(stage.urls['job'], safe='')}"
    assert form.encode() in pinger.get(f"/task/{stage.urls['job']}", "text/html").body
    (mark,) = findall(r'name="mark" value="(\w+)"', pinger.get(form).body.decode())
    assert pinger.post(form, {"mark": "0" * 64, "for": "30"}).status == 403
    assert pinger.post(form, {"mark": mark, "for": "30", "why": "<i>work</i>"}).status == 303
    assert str(stage.row(pinger, "job")["silenced_why"]).startswith("<i>work</i> (me on the web, 127.0.0.1)")
    for fail in (True, False):
        stage.let("job", fail=fail)
        status = "error" if fail else "ok"
        eventually(lambda: stage.row(pinger, "job")["status"] == status, status)  # noqa: B023 - called at once


def explained_by_the_parent(stage: Stage, pinger: Pinger) -> None:
    """Let the dependant fail first, then what it depends on, and both recover."""
    # The parent is checked once more before the notice, and is failing too.
    stage.let("db", fail=True)
    stage.let("app", fail=True)
    eventually(lambda: len(stage.told()) > 2, "the parent's alert")
    assert stage.row(pinger, "app")["told"] is None
    pinger.checked(3)
    stage.let("app", fail=False)
    stage.let("db", fail=False)
    eventually(lambda: len(stage.told()) > 3, "the parent's end")
    eventually(lambda: stage.row(pinger, "app")["status"] == "ok", "the dependant's end")
    pinger.checked(3)


def test_a_suppressed_notice_is_sent_once_or_never(tmp_path: Path) -> None:
    """A silence outlives a kill; what it held is notified once after it; inhibited failures never are."""
    with Server(says(report())) as tasks, Slack() as slack:
        stage = Stage(tmp_path, tasks, slack)
        with Pinger(tmp_path, environ=ENVIRON) as pinger:
            since = silenced_through_a_failure(stage, pinger)
            pinger.kill()
        with Pinger(tmp_path, environ=ENVIRON) as pinger:
            told_after_the_silence(stage, pinger, since)
            silenced_from_the_page(stage, pinger)
            explained_by_the_parent(stage, pinger)
        assert stage.told() == ["FAILED: job", "RECOVERED: job", "FAILED: db", "RECOVERED: db"]
