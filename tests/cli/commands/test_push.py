"""`pinger push`: the URLs of tasks that are pushed, with their secrets, and lines to copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write

pytestmark = pytest.mark.usefixtures("logbooks")

KEY = "0123456789-abcdefghij"
TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
TASKS = (
    "[push]",
    "key=${PUSH_KEY}",
    "[task Nightly backup]",
    "push=nightly-backup",
    "schedule=0 2 * * *",
    "timezone=Europe/Berlin",
    "[task Sync]",
    "push=sync",
    "frequency=10",
    f"token={TOKEN}",
    "[task Import]",
    "url=https://my-backend.com/task1",
)
ENVIRON = {"PUSH_KEY": KEY}


@pytest.fixture(autouse=True)
def ini(folder: Path) -> Path:
    """Write an ini file with two tasks that are pushed, and one that is polled."""
    file = folder / "pinger.ini"
    write(file, "port=3003", *TASKS)
    return file


def urls(output: str) -> list[str]:
    """Return the lines that are URLs."""
    return [line for line in output.splitlines() if line.startswith("http")]


def test_all() -> None:
    """Each task that is pushed has its URL in full, and the lines to copy."""
    result = pinger("push", environ=ENVIRON)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "# Senders have to reach this address, where the web server listens. If they use another, set url in"
        " [push], or use --url."
    )
    assert lines[1] == "# Nightly backup: expected at 0 2 * * * (Europe/Berlin)"
    assert "# in a crontab, on a machine in the time zone Europe/Berlin" in lines
    assert "# Sync: expected every 10 min" in lines
    assert urls(result.stdout) == [
        f"http://localhost:3003/ping/{KEY}/nightly-backup",
        f"http://localhost:3003/ping/{TOKEN}",
    ]


@pytest.mark.parametrize("wanted", ["Nightly backup", "nightly-backup", "push:nightly-backup", "night*"])
def test_one(wanted: str) -> None:
    """A task is named by its name, its slug or its identity, with wildcards."""
    result = pinger("push", wanted, environ=ENVIRON)
    assert urls(result.stdout) == [f"http://localhost:3003/ping/{KEY}/nightly-backup"]


def test_other_address(ini: Path) -> None:
    """The address is that of --url, else that of [push]; then no comment asks for it."""
    write(ini, "port=0", TASKS[0], "url=https://p.example/x/", *TASKS[1:])
    result = pinger("push", "sync", environ=ENVIRON)
    assert urls(result.stdout) == [f"https://p.example/x/ping/{TOKEN}"]
    assert "Senders" not in result.stdout
    other = pinger("push", "sync", "--url", "https://q.example/", environ=ENVIRON)
    assert urls(other.stdout) == [f"https://q.example/ping/{TOKEN}"]


def test_json() -> None:
    """With --json there is an object for each task, with the same lines."""
    found = json.loads(pinger("push", "--json", environ=ENVIRON).stdout)
    assert [(each["task"], each["name"], each["slug"]) for each in found] == [
        ("push:nightly-backup", "Nightly backup", "nightly-backup"),
        ("push:sync", "Sync", "sync"),
    ]
    assert found[1]["url"] == f"http://localhost:3003/ping/{TOKEN}"
    assert found[0].keys() >= {"curl", "crontab", "systemd", "exec", "kubernetes"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["bakup"], "No pushed task is named 'bakup'; did you mean 'nightly-backup'?"),
        (["zzz"], "No pushed task is named 'zzz'; `pinger push` without a name shows all of them."),
        (["Import"], "'Import' is polled, so it has no URL for reports."),
        (
            ["--url", "p.example"],
            (
                "--url: p.example does not begin with http:// or https://; use for example"
                " https://pinger.example.com."
            ),
        ),
    ],
)
def test_wrong_arguments(arguments: list[str], text: str) -> None:
    """What is wrong with the arguments is one sentence, with exit code 2."""
    result = pinger("push", *arguments, environ=ENVIRON)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{text}\n")


@pytest.mark.parametrize(
    ("main", "more", "text"),
    [
        (
            "",
            (),
            (
                "No task in pinger.ini sends its reports; add a [task NAME] section with push=SLUG, and key"
                " to [push] (docs/push.md)."
            ),
        ),
        (
            "port=0",
            TASKS,
            "The server's port is unknown (port=0 in [main]); set url in [push], or use --url.",
        ),
    ],
)
def test_wrong_settings(ini: Path, main: str, more: tuple[str, ...], text: str) -> None:
    """Settings without such a task, or without an address, are one sentence, with exit code 2."""
    write(ini, main, *more)
    result = pinger("push", environ=ENVIRON)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{text}\n")


def test_config_masks() -> None:
    """`pinger config` shows the same URLs without their secrets."""
    shown = pinger("config", environ=ENVIRON).stdout
    assert "http://localhost:3003/ping/***/nightly-backup\n" in shown
    assert not {KEY, TOKEN} & set(shown.replace("/", "\n").replace("=", "\n").splitlines())
