"""Other settings tried on a stored past: as the page of the documentation has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from tests.support.pinger_command import pinger
from tests.support.seeding import seed

from py_pinger.store import Store
from py_pinger.store.external import SharedStore

PAGE = (Path(__file__).parents[3] / "docs" / "replay.md").read_text("utf-8")
COMMANDS = [line.split() for line in PAGE.partition("```sh\n")[2].partition("```")[0].splitlines()]
DIFFERENCES = PAGE.partition("```\n[main]")[2].partition("```")[0]
CHANGES = "\n".join(re.findall(r"[a-z]+=\d+", PAGE.partition("change new.ini:")[2].partition("\n")[0]))

STUCK = "https://queue-1.example.com/status/dead-letters"

pytestmark = pytest.mark.usefixtures("logbooks")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Fill a database with five days, and return it with the tasks' URLs."""
    file = tmp_path_factory.mktemp("past") / "pinger.db"
    with closing(Store.open(f"sqlite:///{file}")) as store:
        tasks = seed(store, datetime.now(UTC), days=5)
    return file, [task.url for task in tasks]


@pytest.fixture
def folder(past: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Go to a folder with a pinger.ini that has this past, while Py Pinger runs."""
    file, urls = past
    write(tmp_path / "pinger.ini", file, urls)
    monkeypatch.chdir(tmp_path)
    with closing(Store.open(f"sqlite:///{file}")):
        yield tmp_path


def write(ini: Path, database: Path, urls: list[str], main: str = "") -> None:
    """Write an ini file."""
    listed = "".join(f"\n  {url}" for url in urls)
    ini.write_text(f"[main]\nonly_log=true\ndatabase=sqlite:///{database}\n{main}\n[urls]\nprod={listed}\n")


def test_the_example_of_the_page(folder: Path, past: tuple[Path, list[str]]) -> None:
    """The commands of the page work as it says, beside a running Py Pinger, and change nothing."""
    write(folder / "new.ini", *past, main=CHANGES)
    config, replay = (command[1:] for command in COMMANDS if command[0] == "pinger")
    found = pinger(*config)
    assert (found.exit_code, f"\n{found.stdout}") == (1, f"\n[main]{DIFFERENCES}")
    before = past[0].read_bytes()
    result = pinger(*replay)
    assert (result.exit_code, result.stderr) == (1, "")
    assert re.search(
        r"^A replay with the old settings reproduces (\d+) of \1 alerts, and finds no others\.$",
        result.stdout,
        re.MULTILINE,
    )
    assert re.search(r"^all 40 tasks +\d+ +\d+(?: → \d+)? +\d+", result.stdout, re.MULTILINE)
    assert re.search(
        r"^Sent at other times\n(  .*\n)*  2.* UTC  .*: .*reminders? fewer$", result.stdout, re.MULTILINE
    )
    assert past[0].read_bytes() == before


def test_the_same_settings(folder: Path) -> None:
    """Under the settings as they are everything is told as it was, and nothing is told otherwise."""
    del folder
    result = pinger("replay", "--since", "4d")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        "and finds no others.\n\nThe new settings would have caused the same notifications.\n"
        in result.stdout
    )


def test_as_json(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Programs get counts before and after, and every alert that differs."""
    write(folder / "new.ini", *past, main="grace=60\ntimeout=20\nerror_interval=60")
    result = pinger("replay", "--config", "new.ini", "--since", "4d", "--json")
    found = orjson.loads(result.stdout)
    counts = found["totals"]["failed"]
    gone = sum(len(task["fewer"]) for task in found["tasks"])
    assert result.exit_code == 1
    assert (found["told"], found["not_told"]) == (found["found"], 0)
    assert counts["before"] - counts["after"] == gone - sum(len(task["more"]) for task in found["tasks"])
    assert found["not_replayed"] == {"timeout": 40}
    assert {"opened", "closed", "cause", "reason", "notified", "told"} == {
        key for task in found["tasks"] for alert in task["fewer"] for key in alert
    }


def test_tasks_that_come_and_go(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Of a task that is removed nothing is told any more; of one that is new there is no history."""
    file, urls = past
    write(folder / "new.ini", file, ["https://new.example/", *urls[5:]])
    result = pinger("replay", "--config", "new.ini", "--since", "4d")
    assert result.exit_code == 1
    assert "\nNo longer sent\n" in result.stdout
    assert "\nNo history: https://new.example/.\n" in result.stdout


def test_many_alerts(folder: Path, past: tuple[Path, list[str]]) -> None:
    """A list for people ends after thirty, and says how many there are besides."""
    write(folder / "new.ini", *past, main="interval=5\nremind=5")
    result = pinger("replay", "--config", "new.ini", "--since", "4d")
    assert re.search(r"^  and [\d,]+ more; --json has them all$", result.stdout, re.MULTILINE)


def test_some_tasks(folder: Path, past: tuple[Path, list[str]]) -> None:
    """A pattern narrows it down to the tasks that it means."""
    write(folder / "new.ini", *past, main="remind=5")
    result = pinger("replay", "--config", "new.ini", "--since", "4d", "--tasks", "*/dead-*", "--json")
    assert [task["url"] for task in orjson.loads(result.stdout)["tasks"]] == [STUCK]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--since", "soon"], 2, "'soon' is not a date and time; use for example 7d, 24h or 2026-11-20"),
        (
            ["--since", "2999-01-01"],
            2,
            "--since 2999-01-01 00:00 UTC is in the future; use a time in the past.",
        ),
        (
            ["--database", "sqlite:///none.db"],
            1,
            "Cannot read the history: the database none.db does not exist",
        ),
        (["--tasks", "nowhere"], 2, "No task matches 'nowhere'. Use * as a wildcard"),
        (["--config", "none.ini"], 2, "none.ini: the file does not exist"),
    ],
)
def test_refused(folder: Path, arguments: list[str], code: int, words: str) -> None:
    """What cannot be replayed is told in one sentence."""
    del folder
    result = pinger("replay", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr


@pytest.mark.parametrize("since", ["90min", "24 h", "2w", "2026-01-01", "2026-01-01T10:00+01:00", "999999w"])
def test_since(folder: Path, since: str) -> None:
    """Since when may be a length of time, a day, or a moment."""
    del folder
    assert pinger("replay", "--since", since).exit_code == 0


def test_other_times_are_tried(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Schedules and sleep of the new settings are tried on the past; what cannot be tried is named."""
    file, urls = past
    weekly = f"[task {urls[0]}]\nschedule=0 0 * * 0\n"
    # Of a few tasks: a sleep takes long to replay.
    half = f"[sleep half of the day]\nstart=12:00\nduration=720\ntasks={','.join(urls[:10])}\n"
    write(folder / "new.ini", file, urls)
    with (folder / "new.ini").open("a") as ini:
        ini.write(f"{weekly}{half}[task {urls[1]}]\npage=last-modified\nfrequency=60\n")
    result = pinger("replay", "--config", "new.ini", "--since", "36h", "--json")
    found = orjson.loads(result.stdout)
    assert (result.exit_code, found["not_replayed"]) == (1, {"method": 1, "page": 1})
    late = found["totals"]["failed"]
    assert late["after"] < late["before"]


def test_a_rhythm_that_is_left_to_the_page(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Without the schedule of the old settings the task is evaluated as it was, and the output says so."""
    file, urls = past
    write(folder / "new.ini", file, urls)
    with (folder / "pinger.ini").open("a") as ini:
        ini.write(f"[task {urls[0]}]\nschedule=0 0 * * 0\n")
    result = pinger("replay", "--config", "new.ini", "--since", "4d", "--json")
    assert orjson.loads(result.stdout)["not_replayed"] == {"schedule": 1}


def totals(
    folder: Path, past: tuple[Path, list[str]], main: str = "", more: str = ""
) -> dict[str, dict[str, int]]:
    """Return the numbers of notices with the old settings and with others."""
    write(folder / "new.ini", *past, main=main)
    with (folder / "new.ini").open("a", encoding="utf-8") as file:
        file.write(more)
    found = orjson.loads(pinger("replay", "--config", "new.ini", "--since", "4d", "--json").stdout)
    return {**found["totals"], **found["channels"]}


def test_patience_on_the_past(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Short incidents cause no notices with patience, neither of their beginning nor of their end."""
    found = totals(folder, past, main="patience=30")
    assert 0 < found["failed"]["after"] < found["failed"]["before"]
    assert found["recovered"]["after"] < found["recovered"]["before"]
    assert found["failed"]["after"] >= found["recovered"]["after"]


def test_channels_on_the_past(folder: Path, past: tuple[Path, list[str]]) -> None:
    """A channel with after gets what has lasted, one that selects tasks gets theirs, by escalations."""
    hook = "url=https://hooks.example/\nsecret=whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE=\n"
    one = f"[webhook]\n{hook}[webhook boss]\n{hook}after=60\n[webhook queue]\n{hook}tasks={STUCK}\n"
    found = totals(folder, past, more=one)
    kinds = ("failed", "reminder", "recovered")
    assert found["escalated"] == {"before": 0, "after": found["escalated"]["after"]}
    assert found["escalated"]["after"] > 0
    assert found["webhook"] == {"before": 0, "after": sum(found[kind]["after"] for kind in kinds)}
    assert 0 < found["webhook queue"]["after"] < found["webhook boss"]["after"] < found["webhook"]["after"]
    write(folder / "new.ini", *past)
    with (folder / "new.ini").open("a", encoding="utf-8") as file:
        file.write(one)
    printed = pinger("replay", "--config", "new.ini", "--since", "4d").stdout
    assert re.search(r"^CHANNEL +NOTICES\n(.*\n)*webhook boss +0 → \d+$", printed, re.MULTILINE)
    assert re.search(r"^TASK +FAILED +REMINDER +ESCALATED +RECOVERED", printed, re.MULTILINE)


def test_hours_are_named(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Hours are not replayed: channels with others are named, and the notices are the same."""
    hook = "[webhook]\nurl=https://hooks.example/\nsecret=whsec_cGxhbnRlZC1zZWNyZXQtb2YtMzItYnl0ZXMtISE=\n"
    for name, more in (("pinger.ini", ""), ("new.ini", "hours=08:00-18:00\n")):
        write(folder / name, *past)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(f"{hook}{more}")
    result = pinger("replay", "--config", "new.ini", "--since", "4d")
    assert result.exit_code == 0
    assert "Not replayed: hours of webhook. " in result.stdout
    found = orjson.loads(pinger("replay", "--config", "new.ini", "--since", "4d", "--json").stdout)
    assert found["other_hours"] == ["webhook"]


def test_windows_on_the_past(folder: Path, past: tuple[Path, list[str]]) -> None:
    """Nothing that began within a maintenance window is notified."""
    start = f"{datetime.now(UTC) - timedelta(days=6):%Y-%m-%d %H:%M}"
    found = totals(folder, past, more=f"[maintenance all]\nstart={start}\nduration=14d\n")
    assert {kind: found[kind]["after"] for kind in ("failed", "reminder", "recovered")} == {
        "failed": 0,
        "reminder": 0,
        "recovered": 0,
    }


def test_parents_on_the_past(folder: Path, past: tuple[Path, list[str]]) -> None:
    """A task that depends on one that fails all the time is not notified."""
    child = past[1][0]
    found = totals(folder, past, more=f"[task {child}]\ndepends_on={STUCK}\n")
    assert found["failed"]["after"] < found["failed"]["before"]


def test_silences_on_the_past(folder: Path, past: tuple[Path, list[str]]) -> None:
    """A silence of the past suppresses with both settings."""
    now = datetime.now(UTC)
    with closing(SharedStore.open(f"sqlite:///{past[0]}")) as store:
        silence = store.silences.create(STUCK, now - timedelta(days=6), now + timedelta(hours=1), "x", "anna")
        try:
            found = totals(folder, past, main="remind=60")
        finally:
            store.silences.end([silence.id], now - timedelta(days=6))
    free = totals(folder, past, main="remind=60")
    assert found["reminder"]["before"] < free["reminder"]["before"]
    assert found["failed"]["before"] < free["failed"]["before"]
