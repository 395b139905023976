"""`pinger import healthchecks`: checks of a real API, as sections that the real reader reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import orjson
import pytest
from tests.support.healthchecks_server import FULL_KEY, READ_ONLY_KEY, HealthchecksServer, hc_check
from tests.support.pinger_command import pinger
from tests.support.program import ROOT
from tests.support.scripted_service import ScriptedService, answer

from py_pinger.channels import KINDS
from py_pinger.cli.bounded_http import fetch
from py_pinger.cli.push.healthchecks_api import VARIABLE
from py_pinger.config import Settings, try_load
from py_pinger.core.model.schedule import Schedule
from py_pinger.core.model.task import PushIdentity, Task

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

# What a server of version 4.4 answered about four checks, to a full key and to one that may only read.
RECORDED = orjson.loads((ROOT / "tests" / "support" / "healthchecks_checks.json").read_bytes())
PING_KEY = "ukX7gkCbgTQ3PNyQQ4mmIA"
FIRST = "31365bce-8da9-4729-8ff3-aaa71d56b712"
SECOND = "803f680d-e89b-492b-82ef-2be7b774a92d"
THIRD = "1f1f2a6e-7c0e-4c55-9a0b-2f1a0d6c2b11"


@pytest.fixture
def server() -> Iterator[HealthchecksServer]:
    """Run a server without checks."""
    with HealthchecksServer() as running:
        yield running


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """Run a server that is another program."""
    with ScriptedService() as running:
        thread = Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def imported(server: HealthchecksServer, *options: str, key: str = FULL_KEY) -> str:
    """Return what the command prints for the server."""
    result = pinger("import", "healthchecks", server.url, *options, environ={VARIABLE: key})
    assert (result.exit_code, result.stderr) == (0, "")
    assert server.requests[-1] == ("/api/v3/checks/", key)
    return result.stdout


def read(text: str) -> Settings:
    """Return the settings that the reader finds in a file with this text."""
    file = Path("imported.ini")
    file.write_text(text, "utf-8")
    result = try_load(file, {"PUSH_KEY": PING_KEY}, KINDS)
    assert result.settings, result.problems
    return result.settings


def only_task(text: str) -> Task:
    """Return the only task in a file with this text."""
    (task,) = read(text).tasks
    return task


def test_tasks(server: HealthchecksServer) -> None:
    """Tasks keep UUID, slug, name, timeout, grace, schedule and time zone."""
    server.checks = [
        hc_check(FIRST, "Filesystem Backup", "filesystem-backup", timeout=86_400, desc="Every\nnight"),
        hc_check(
            SECOND,
            "Database",
            "database",
            schedule="15 5 * * 1-5",
            tz="Europe/Berlin",
            tags="prod db",
            grace=90,
        ),
    ]
    text = imported(server)
    first, second = read(text).tasks
    assert (first.name, first.push) == ("Filesystem Backup", PushIdentity("filesystem-backup", FIRST))
    assert (first.expectations.frequency, first.grace) == (timedelta(days=1), timedelta(minutes=10))
    assert first.expectations.runtime is None
    assert (second.name, second.push) == ("Database", PushIdentity("database", SECOND))
    assert second.expectations.schedule == Schedule("15 5 * * 1-5", "Europe/Berlin", "15 5 * * 1-5")
    assert second.grace == timedelta(seconds=90)
    lines = text.splitlines()
    assert lines[0] == f"# 2 checks of {server.url}/api/v3/checks/."
    assert (
        "# In the URLs of clients, https://hc-ping.com/ becomes https://ADDRESS-OF-PY-PINGER/ping/" in lines
    )
    assert lines[lines.index("[task Filesystem Backup]") - 1] == "# Every night"
    assert "# tags: prod db" in lines
    assert {"frequency=1d", "grace=10m", "grace=90s"} <= set(lines)
    assert "[push]" not in lines


@pytest.mark.parametrize(("key", "access"), [(FULL_KEY, "full"), (READ_ONLY_KEY, "read_only")])
def test_recorded_checks(service: ScriptedService, key: str, access: str) -> None:
    """What healthchecks 4 itself answered is imported; the server of these tests has the same keys."""
    recorded = RECORDED[access]["checks"]
    service.answers = [answer(200, {"checks": recorded})]
    result = pinger("import", "healthchecks", service.url, environ={VARIABLE: key})
    backup, database, last_day = read(result.stdout).tasks
    assert backup.push == PushIdentity("filesystem-backup", recorded[0].get("uuid"))
    assert (backup.expectations.frequency, backup.grace) == (timedelta(days=1), timedelta(hours=1))
    assert database.expectations.schedule == Schedule("15 5 * * 1-5", "Europe/Berlin", "15 5 * * 1-5")
    assert last_day.expectations.schedule == Schedule("00 08 L * *", "UTC", "00 08 L * *")
    assert "#[task Calendar]\n" in result.stdout
    with HealthchecksServer(hc_check(FIRST, "A", "a")) as like_it:
        headers = {"X-Api-Key": key}
        (shown,) = orjson.loads(fetch(f"{like_it.url}/api/v3/checks/", headers))["checks"]
    assert shown.keys() == recorded[0].keys()


def test_read_only_key(server: HealthchecksServer) -> None:
    """Without UUIDs, the project's ping key opens the tasks by their slugs, and a comment says so."""
    server.checks = [hc_check(FIRST, "Backup", "backup")]
    text = imported(server, key=READ_ONLY_KEY)
    settings = read(text)
    assert settings.push
    assert settings.push.key
    assert settings.push.key.get_secret_value() == PING_KEY
    assert settings.tasks[0].push == PushIdentity("backup")
    assert "A read-only key does not show UUIDs" in text
    assert FIRST not in text


def test_by_slug(server: HealthchecksServer) -> None:
    """With --by-slug the same holds for a full key."""
    server.checks = [hc_check(FIRST, "Backup", "backup")]
    text = imported(server, "--by-slug")
    assert only_task(text).push == PushIdentity("backup")
    assert "A read-only key" not in text


def test_starts(server: HealthchecksServer) -> None:
    """A check that reports starts may run for its grace time, as in healthchecks."""
    server.checks = [hc_check(FIRST, "Backup", "backup", last_duration=12, grace=7200)]
    assert only_task(imported(server)).expectations.runtime == timedelta(hours=2)


def test_paused(server: HealthchecksServer) -> None:
    """A paused check is a section of comments, which is right without the comment signs."""
    server.checks = [hc_check(FIRST, "A", "a"), hc_check(SECOND, "B", "b", status="paused")]
    text = imported(server)
    assert [task.url for task in read(text).tasks] == ["push:a"]
    assert text.startswith(f"# 2 checks of {server.url}/api/v3/checks/, 1 of them not monitored")
    section = text[text.index("#[task B]") :]
    assert [task.url for task in read(text.replace(section, section.replace("#", ""))).tasks] == [
        "push:a",
        "push:b",
    ]


@pytest.mark.parametrize(
    ("expression", "schedule"),
    [
        ("Mon..Fri 08:00", "00 08 * * mon,tue,wed,thu,fri"),
        ("Mon *-*-1..7 08:00", None),
        ("daily\n06:00", None),
    ],
)
def test_on_calendar(server: HealthchecksServer, expression: str, schedule: str | None) -> None:
    """An OnCalendar schedule is kept if cron can say it, else the section is a comment."""
    server.checks = [hc_check(FIRST, "A", "a"), hc_check(SECOND, "B", "b", schedule=expression, tz="UTC")]
    text = imported(server)
    kept = [task.expectations.schedule for task in read(text).tasks[1:]]
    assert kept == ([Schedule(schedule, "UTC", schedule)] if schedule else [])
    assert f"# OnCalendar in healthchecks: {' '.join(expression.split())}" in text


@pytest.mark.parametrize(
    ("check", "comment"),
    [
        ({"status": "new"}, "it has never been pinged"),
        ({"filter_http_body": True}, "words in the body or the subject"),
        ({"schedule": "0 2 * * *", "tz": "Mars/Olympus"}, "does not know its time zone"),
    ],
)
def test_not_kept(server: HealthchecksServer, check: dict[str, object], comment: str) -> None:
    """What cannot be kept is said in a comment."""
    server.checks = [hc_check(SECOND, "Other", "other"), hc_check(FIRST, "Backup", "backup", **check)]
    text = imported(server)
    read(text)
    assert any(comment in line for line in text.splitlines() if line.startswith("# "))


@pytest.mark.parametrize("methods", [("POST", "POST"), ("POST", "")])
def test_post_only(server: HealthchecksServer, methods: tuple[str, str]) -> None:
    """If all checks ignore GET, Py Pinger does; if some do, a comment says that it cannot."""
    server.checks = [
        hc_check(FIRST, "A", "a", methods=methods[0]),
        hc_check(SECOND, "B", "b", methods=methods[1]),
    ]
    settings = read(imported(server))
    assert bool(settings.push and settings.push.post_only) is (methods[1] == "POST")


def test_names_and_slugs(server: HealthchecksServer) -> None:
    """Names and slugs that are missing, repeated or special make sections that are read."""
    server.checks = [
        hc_check(FIRST, "", ""),
        hc_check(SECOND, "Backup", "backup"),
        hc_check(THIRD, "Backup", "backup"),
        hc_check(FIRST.replace("3", "4"), "Backup", ""),
        hc_check(FIRST.replace("3", "5"), "https://shop.example/cron", "shop"),
        hc_check(FIRST.replace("3", "6"), "Cost [in $] ${X}\n# x", "cost"),
        hc_check(FIRST.replace("3", "7"), " Über\u2028uns; = ", "", tags="a\n[main]\nport=1"),
    ]
    settings = read(imported(server))
    found = [(task.name, task.url) for task in settings.tasks]
    assert found == [
        ("check", "push:check"),
        ("Backup", "push:backup"),
        ("Backup", "push:backup-2"),
        ("Backup", "push:backup-3"),
        ("https://shop.example/cron", "push:shop"),
        ("Cost [in $] ${X} # x", "push:cost"),
        ("Über uns; =", "push:uber-uns"),
    ]
    assert settings.main.port == 3002


def test_self_hosted(server: HealthchecksServer) -> None:
    """On a server of one's own only the host of the URLs changes."""
    server.checks = [hc_check(FIRST, "A", "a", ping_endpoint="https://hc.example/ping/")]
    assert "# In the URLs of clients, https://hc.example/ping/ becomes https://ADDRESS" in imported(server)


def test_some_of_the_checks(server: HealthchecksServer) -> None:
    """A query of the API selects checks."""
    server.checks = [hc_check(FIRST, "A", "a", tags="prod"), hc_check(SECOND, "B", "b")]
    url = f"{server.url}/?tag=prod"
    result = pinger("import", "healthchecks", url, environ={VARIABLE: FULL_KEY})
    assert [task.url for task in read(result.stdout).tasks] == ["push:a"]


@pytest.mark.parametrize("name", ["key", "-"])
def test_key_of_a_file(server: HealthchecksServer, name: str) -> None:
    """The key can be in a file, or come from standard input; it goes before the variable."""
    server.checks = [hc_check(FIRST, "A", "a")]
    Path("key").write_text(f"{FULL_KEY}\n", "utf-8")
    arguments = ("import", "healthchecks", server.url, "--key", name)
    result = pinger(*arguments, environ={VARIABLE: "other"}, typed=f"{FULL_KEY}\n")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "key", "code", "text"),
    [
        (["URL"], "x" * 32, 1, "The server at URL/api/v3/checks/ rejected the API key."),
        (["URL"], FULL_KEY, 2, "URL/api/v3/checks/ lists no checks."),
        (
            ["URL/monitoring"],
            FULL_KEY,
            1,
            (
                "URL/monitoring/api/v3/checks/ does not exist; use the address of a healthchecks server with"
                " API v3."
            ),
        ),
        (
            ["URL"],
            "",
            2,
            f"An API key is needed; set {VARIABLE}, or name a file with it by --key.",
        ),
        (
            ["URL", "--key", FULL_KEY],
            "",
            2,
            f"--key: cannot read the file; name a file with the key, or set {VARIABLE}.",
        ),
        (
            ["healthchecks.io"],
            FULL_KEY,
            2,
            (
                "URL: healthchecks.io does not begin with http:// or https://; use for example"
                " https://healthchecks.io."
            ),
        ),
        (
            ["https://me:secret@hc.example"],
            FULL_KEY,
            2,
            f"URL contains a password; remove it, and set {VARIABLE} to the API key instead.",
        ),
        (
            ["http://127.0.0.1:1"],
            FULL_KEY,
            1,
            "Cannot connect to http://127.0.0.1:1/api/v3/checks/: connection refused.",
        ),
    ],
)
def test_failures(
    server: HealthchecksServer, arguments: list[str], key: str, code: int, text: str, tmp_path: Path
) -> None:
    """Each failure is one sentence without the key, with its exit code."""
    given = [each.replace("URL", server.url) for each in arguments]
    environ = {VARIABLE: key, "HOME": str(tmp_path)}
    result = pinger("import", "healthchecks", *given, environ=environ)
    expected = text.replace("URL/", f"{server.url}/")
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"{expected}\n")


@pytest.mark.parametrize("body", [b"<html>", [], {"checks": [{"name": "x"}]}, {"checks": [{"timeout": "x"}]}])
def test_not_healthchecks(service: ScriptedService, body: object) -> None:
    """A server that is something else is named as such."""
    service.answers = [answer(200, body)]
    result = pinger("import", "healthchecks", service.url, environ={VARIABLE: FULL_KEY})
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{service.url}/api/v3/checks/ is not the API of a healthchecks server.\n"
