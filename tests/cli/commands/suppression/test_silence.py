"""`pinger silence`, `pinger silences` and `pinger unsilence`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from tests.support.pinger_command import pinger, write

from py_pinger.cli.suppression import operator
from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskState
from py_pinger.core.model.task import Task
from py_pinger.core.model.transition import Transition
from py_pinger.store import Store

pytestmark = pytest.mark.usefixtures("logbooks")

URLS = [f"https://a.example/{number}" for number in range(6)]


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    """Watch six tasks, the first of which has a name and a server, while commands are run."""
    write(folder / "pinger.ini", "", "[urls]", f"prod={','.join(URLS)}")
    with closing(Store.open(f"sqlite:///{folder}/pinger.db")) as watching:
        watching.set_tasks([Task(url, url, name="Nightly" if url == URLS[0] else None) for url in URLS])
        state = TaskState(Verdict(Status.OK, server="web-1"))
        watching.record([Transition(URLS[0], state)], [], [])
        yield watching


def in_force(store: Store) -> list[tuple[str, str]]:
    """Return the patterns and reasons of what is in force."""
    return [(each.pattern, each.why) for each in store.silences.active(datetime.now(UTC))]


def test_silence(store: Store) -> None:
    """A silence is where the one who watches sees it, with who asked; the tasks that it means are named."""
    result = pinger("silence", "web-?", "--for", "2h", "--why", "new\ndisk")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Created silence 1: 1 task (Nightly) silenced until ")
    assert result.stdout.endswith(" UTC (2 h).\n")
    (made,) = store.silences.active(datetime.now(UTC))
    assert (made.pattern, made.why) == ("web-?", "new disk")
    assert timedelta(hours=2) - timedelta(minutes=1) < made.ends - made.began <= timedelta(hours=2)
    assert " on " in made.who


def test_until(store: Store) -> None:
    """A silence may end at a moment; many tasks are counted."""
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    result = pinger("silence", "*", "--until", until.isoformat())
    assert result.stdout.startswith("Created silence 1: 6 tasks silenced until ")
    assert [each.ends for each in store.silences.active(datetime.now(UTC))] == [until]


@pytest.mark.parametrize(
    ("pattern", "warning"),
    [
        (
            "https://a.exmple/0",
            "Warning: https://a.exmple/0 currently matches no task; did you mean https://a.example/0?",
        ),
        ("*zzz*", "Warning: *zzz* currently matches no task."),
    ],
)
def test_a_pattern_that_means_nothing(store: Store, pattern: str, warning: str) -> None:
    """It is taken, for a task may yet come to be called so, with a warning that tells the nearest."""
    result = pinger("silence", pattern, "--for", "90m")
    assert (result.exit_code, result.stderr) == (0, f"{warning}\n")
    assert in_force(store) == [(pattern, "")]


def test_secrets_are_not_kept(store: Store) -> None:
    """A URL with a secret means the task as it is shown."""
    pinger("silence", "https://u:planted@b.example/", "--for", "1h")
    assert in_force(store) == [("https://***@b.example/", "")]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["*"], 2, "Specify either --for DURATION, --until TIME or --until-ok."),
        (["*", "--for", "2h", "--until", "2999-01-01T00:00:00Z"], 2, "Specify either"),
        (["*", "--for", "soon"], 2, "invalid duration 'soon'; use for example 90m, 2h or 1d"),
        (["*", "--for", "0m"], 2, "duration '0m' is out of range; use one above 0, up to 366d"),
        (["*", "--for", "53w"], 2, "duration '53w' is out of range"),
        (
            ["*", "--until", "2020-01-01T00:00:00Z"],
            2,
            "--until 2020-01-01 00:00:00 UTC is out of range; use a time within the next",
        ),
        (["", "--for", "2h"], 2, "The pattern is empty. Specify a URL, a name, or * for all tasks."),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_is_refused(arguments: list[str], code: int, words: str) -> None:
    """What cannot be used is said in one sentence."""
    result = pinger("silence", *arguments)
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())


def test_without_a_database(folder: Path) -> None:
    """Before Py Pinger has ever run there is nothing to write to."""
    write(folder / "pinger.ini")
    for arguments in (["silence", "*", "--for", "1h"], ["silences"], ["unsilence", "1"]):
        result = pinger(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "does not exist; start Py Pinger with it" in result.stderr


@pytest.mark.usefixtures("store")
def test_status_without_a_server(folder: Path) -> None:
    """Where the database tells how the tasks are, it tells what is silenced, too."""
    write(folder / "pinger.ini", "port=1", "[urls]", f"prod={URLS[0]}")
    pinger("silence", "nightly", "--for", "1h", "--why", "migrating")
    told = orjson.loads(pinger("status", "--json").stdout)
    assert [bool(each["silenced"]) for each in told["data"]] == [True, *[False] * 5]
    assert told["data"][0]["silenced_why"].startswith("migrating (")


def test_silences(store: Store, folder: Path) -> None:
    """What is in force is shown, and the maintenance windows with their next times, also as JSON."""
    assert pinger("silences").stdout == "There are no active silences.\n"
    starts = {"once": "2020-01-01 02:00", "ever": "* * * * *", "rare": "0 0 29 2 *"}
    windows = [f"[maintenance {name}]\nstart={start}\nduration=60\n" for name, start in starts.items()]
    write(folder / "pinger.ini", "", *windows)
    now = datetime.now(UTC)
    store.silences.create("web-*", now, now + timedelta(hours=2.5), "migrating", "anna on web-1")
    store.silences.create("*", now, now + timedelta(hours=2.5), "", "ben")
    lines = pinger("silences").stdout.splitlines()
    assert lines[0].startswith("1  web-*  until ")
    assert lines[0].endswith(" UTC, 2 h 29 min left: migrating (anna on web-1)")
    assert lines[1].endswith(" UTC, 2 h 29 min left (ben)")
    assert lines[2] == "maintenance once  is in the past"
    assert lines[3].startswith("maintenance ever  is open until ")
    assert lines[4].startswith("maintenance rare  opens next at ")
    told = orjson.loads(pinger("silences", "--json").stdout)
    assert [each["why"] for each in told["silences"]] == ["migrating", ""]
    assert [each["open"] for each in told["maintenance"]] == [False, True, False]


def test_unsilence(store: Store) -> None:
    """A silence is Invalid silence number or its pattern; where there is none, those that are are told."""
    for pattern in ("web-*", "*", "*"):
        pinger("silence", pattern, "--for", "1h")
    result = pinger("unsilence", "nightly")
    assert (result.exit_code, result.stderr) == (
        1,
        "No active silence is nightly; active are 1 (web-*), 2 (*), 3 (*).\n",
    )
    assert pinger("unsilence", "1").stdout == "Silence 1 (web-*) ended; notifications resume.\n"
    assert pinger("unsilence", "*").exit_code == 0
    assert in_force(store) == []
    assert pinger("unsilence", "1").stderr == "No active silence is 1; there are no active silences.\n"


@pytest.mark.usefixtures("store")
def test_who(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """Whoever became root for it is told by their own name; a user without one by the number."""

    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setenv("SUDO_USER", "anna")
    pinger("silence", "*", "--for", "1h")
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setattr(operator, "getuser", nobody)
    pinger("silence", "*", "--for", "1h")
    who = [each.who.partition(" on ")[0] for each in store.silences.active(datetime.now(UTC))]
    assert who[0] == "anna"
    assert who[1].startswith("user ")


@pytest.mark.parametrize("given", ["WEB-*", "web-*", "Web-*"])
def test_unsilence_in_any_case(store: Store, given: str) -> None:
    """A silence matches in any case of letters, so it is also ended in any case."""
    pinger("silence", "Web-*", "--for", "1h")
    assert pinger("unsilence", given).stdout == "Silence 1 (Web-*) ended; notifications resume.\n"
    assert in_force(store) == []
