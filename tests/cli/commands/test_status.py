"""`pinger status`."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from tests.cli.conftest import snapshots
from tests.support.pinger_command import pinger, write

from py_pinger.cli.tasks import task_source
from py_pinger.cli.tasks.server_client import ServerClient
from py_pinger.cli.tasks.snapshot import Snapshot, Unavailable
from py_pinger.config import MainSettings
from py_pinger.core.model.task import Task
from py_pinger.store import Store
from py_pinger.web import WebServer

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

Serve = Callable[..., WebServer]

TABLE = """\
STATUS    TASK     SERVER  LAST RUN        DUE             WHY                                               URL
error     Import   app-1   2 h 14 min ago  2 h 4 min ago   last ran 2 h 14 min ago, should run every 10 min  https://a.example/late
ok        =SUM(1)                                                                                            https://a.example/ok
sleeping  Nap                                              until 05:30 UTC                                   https://b.example/asleep
"""  # noqa: E501 - as wide as it takes
PASSWORD_SHOWN = (
    "--url contains a password, which everyone on this machine could read; set PINGER_PASSWORD instead.\n"
)
NO_TERMINAL = "--watch requires a terminal; omit it to show the tasks once.\n"
NAMES = ("Nightly import", "Napping", "Nap")
ALL = ["STATUS", "TASK", "SERVER", "LAST RUN", "DUE", "WHY", "URL"]


def watching(folder: Path, port: int) -> None:
    """Write an ini for a server on this port, and a database that one has left."""
    write(folder / "pinger.ini", f"host=127.0.0.1\nport={port}", "[urls]", "prod=http://a.example/")
    with closing(Store.open(f"sqlite:///{folder / 'pinger.db'}")) as store:
        store.set_tasks([Task("http://a.example/", "http://a.example/", "Import")])


def test_status_from_the_running_server(folder: Path, serve: Serve) -> None:
    """In a pipe all is plain text, failing tasks first; the exit code is 1 if a task needs attention."""
    server = serve(*snapshots())
    write(folder / "pinger.ini", f"host=127.0.0.1\nport={server.port}")
    result = pinger("status")
    assert (result.exit_code, result.stderr) == (1, "")
    said, table = result.stdout.split("\n", 1)
    address = re.escape(f"http://127.0.0.1:{server.port}/")
    assert re.fullmatch(rf"1 of 3 tasks needs attention\. From {address} at 20\d\d-[\d: -]{{14}} UTC\.", said)
    assert re.sub(" +", " ", table) == re.sub(" +", " ", TABLE)


@pytest.mark.parametrize(
    ("arguments", "code", "shown"),
    [
        pytest.param(["*/LATE"], 1, ["https://a.example/late"], id="by URL"),
        pytest.param(["import"], 1, ["https://a.example/late"], id="by process"),
        pytest.param(["n?p"], 0, ["https://b.example/asleep"], id="by name"),
        pytest.param(["--failing"], 1, ["https://a.example/late"], id="failing"),
        pytest.param(["--failing", "nap"], 0, [], id="none of them failing"),
    ],
)
def test_some_of_them(arguments: list[str], code: int, shown: list[str], serve: Serve) -> None:
    """A pattern and --failing say which tasks are shown, and the exit code is of these alone."""
    server = serve(*snapshots())
    result = pinger("status", "--json", "--url", server.url, *arguments)
    assert (result.exit_code, result.stderr) == (code, "")
    told = orjson.loads(result.stdout)
    assert (told["source"], told["place"]) == ("server", f"{server.url}/")
    assert [row["url"] for row in told["data"]] == shown


def test_the_server_is_asked_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --url one request is made: a slow server delays the command by one time limit, not two."""
    reads, read = [], ServerClient.read

    def counted(client: ServerClient) -> Snapshot | Unavailable:
        reads.append(client.url)
        return read(client)

    monkeypatch.setattr(ServerClient, "read", counted)
    url = serve(*snapshots()).url
    assert pinger("status", "--url", url).exit_code == 1
    assert reads == [f"{url}/"]


def test_a_pattern_that_matches_no_task(serve: Serve) -> None:
    """A pattern that matches no task is exit code 2, with an example."""
    result = pinger("status", "--url", serve(*snapshots()).url, "latest")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "No task matches 'latest'. Use * as a wildcard, for example '*latest*'.\n"


def test_status_from_the_database(folder: Path) -> None:
    """Without a server the database is read, and named; nothing is written, locked or left behind."""
    watching(folder, 1)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    result = pinger("status")
    assert (result.exit_code, result.stderr) == (0, "")
    said, _, row = result.stdout.splitlines()
    assert said.startswith(
        f"The one task has not been checked yet. From the database {folder / 'pinger.db'}, last written at "
    )
    assert said.endswith("; cannot connect to http://127.0.0.1:1/: connection refused.")
    assert row.split() == ["pending", "Import", "http://a.example/"]
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_the_database_is_read_while_another_has_it(folder: Path) -> None:
    """The one Py Pinger that holds the database is not disturbed, and what it has written is seen."""
    watching(folder, 0)
    with closing(Store.open(f"sqlite:///{folder / 'pinger.db'}")) as store:
        store.set_tasks([Task("http://b.example/", "http://b.example/")])
        told = orjson.loads(pinger("status", "--json").stdout)
    assert (told["source"], [row["url"] for row in told["data"]]) == ("database", ["http://b.example/"])


def test_nothing_to_see(folder: Path) -> None:
    """Where neither tells, one sentence says of both why not; exit code 2."""
    write(folder / "pinger.ini", "host=127.0.0.1\nport=1")
    result = pinger("status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Cannot connect to http://127.0.0.1:1/: connection refused; the database "
        f"{folder / 'pinger.db'} does not exist; start Py Pinger with it, or name another.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--url", "ftp://a/"],
            "--url: ftp://a/ does not begin with http:// or https://; use for example http://localhost:3002.\n",
        ),
        (
            ["--url", "http://me:s3cret@a/"],
            PASSWORD_SHOWN,
        ),
        (
            ["--watch", "--url", "http://a/"],
            "--watch requires a terminal; omit it to show the tasks once.\n",
        ),
    ],
)
def test_what_it_cannot_use(arguments: list[str], sentence: str) -> None:
    """What makes no sense is exit code 2 and a sentence, which repeats no password."""
    result = pinger("status", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", sentence)


@pytest.mark.parametrize(
    ("width", "colours", "shown"),
    [
        (40, {"FORCE_COLOR": "1"}, ["STATUS", "TASK"]),
        (60, {"FORCE_COLOR": "1"}, ["STATUS", "TASK", "DUE"]),
        (80, {"FORCE_COLOR": "1"}, ["STATUS", "TASK", "LAST RUN", "DUE", "WHY"]),
        (
            160,
            {"FORCE_COLOR": "1", "NO_COLOR": "1"},
            ["STATUS", "TASK", "SERVER", "LAST RUN", "DUE", "WHY", "URL"],
        ),
    ],
)
def test_in_a_terminal(width: int, colours: dict[str, str], shown: list[str], serve: Serve) -> None:
    """A narrow terminal has fewer columns, no line is longer than it is wide, and NO_COLOR means none."""
    url = serve(*snapshots()).url
    result = pinger("status", "--url", url, environ={"COLUMNS": str(width), **colours})
    assert ("\x1b[1;31m" in result.stdout) is ("NO_COLOR" not in colours)
    lines = re.sub(r"\x1b\[[\d;]*m", "", result.stdout).splitlines()
    assert max(map(len, lines)) <= width
    heading = next(line for line in lines if line.startswith("STATUS"))
    assert re.split(r"\s{2,}", heading.strip()) == shown


def test_a_part_of_a_name(serve: Serve) -> None:
    """A text without wildcards that matches no task finds those of which it is a part."""
    late, ok, nap = (replace(each, name=name) for each, name in zip(snapshots(), NAMES, strict=True))
    url = serve(late, ok, nap).url
    shown = orjson.loads(pinger("status", "--json", "--url", url, "nightly").stdout)["data"]
    assert [row["name"] for row in shown] == ["Nightly import"]
    shown = orjson.loads(pinger("status", "--json", "--url", url, "nap").stdout)["data"]
    assert [row["name"] for row in shown] == ["Nap"]
    assert pinger("status", "--url", url, "ightly?").exit_code == 2


def test_a_running_demo(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an ini file the status is that of a running demo, at the default address or at another."""
    port = serve(*snapshots()).port
    monkeypatch.setattr(task_source, "MainSettings", lambda: MainSettings(host="127.0.0.1", port=port))
    assert orjson.loads(pinger("status", "--json").stdout)["place"] == f"http://127.0.0.1:{port}/"
    monkeypatch.setattr(task_source, "MainSettings", lambda: MainSettings(host="127.0.0.1", port=1))
    result = pinger("status")
    assert (result.exit_code, result.stderr.partition(".ini")[0]) == (2, "No pinger")
    monkeypatch.setattr(task_source, "demo_ports", lambda: (2, port))
    assert orjson.loads(pinger("status", "--json").stdout)["place"] == f"http://127.0.0.1:{port}/"
