"""`pinger look`: a page of a real server, in one request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.pinger_command import pinger, write
from tests.support.task_server import Server, says

from py_pinger.core.text.formatting import iso

pytestmark = pytest.mark.usefixtures("logbooks", "folder")

NOW = datetime.now(UTC)
YESTERDAY = iso(NOW - timedelta(days=1, hours=2, minutes=1))
JOBS = {"jobs": [{"name": "photos", "end": YESTERDAY, "next": iso(NOW + timedelta(hours=2)), "state": "ok"}]}


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve pages on loopback."""
    with Server() as running:
        yield running


def show(server: Server, page: object, path: str = "/jobs", **headers: str) -> str:
    """Show a page from now on; return its URL."""
    body = page if isinstance(page, bytes) else json.dumps(page).encode()
    given = {name.replace("_", "-"): each for name, each in headers.items()}
    server.behaviours[path] = says(body, "200 OK", given)
    return server.url(path)


def test_places_and_sections(server: Server) -> None:
    """The places are a table, the likeliest last run first; the sections for it follow."""
    url = show(server, JOBS)
    result = pinger("look", url)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"json     {url}"
    assert lines[1].endswith("bytes, 2 places state moments, the likeliest last run first")
    assert lines[3].split() == ["#", "PLACE", "VALUES", "NEWEST", "VALUE", "MOMENT", "AGE", "NOTE"]
    assert lines[4].split() == ["1", "jobs[].end", "1", f'"{YESTERDAY}"', YESTERDAY, "1", "d", "2", "h"]
    assert lines[5].split()[1:3] == ["jobs[].next", "1"]
    assert lines[5].endswith("not a last run: in the future")
    assert lines[7] == "To monitor jobs[].end, paste into pinger.ini:"
    assert f"[task photos]\nurl={url}#photos\npage=jobs\n" in result.stdout
    assert lines[-3] == f"# all items, also those that the page lists later: url={url}#*"
    assert lines[-1] == "The sections for another place: add --place and its number."
    assert [request.method for request in server.requests] == ["GET"]


def test_another_place(server: Server) -> None:
    """--place prints the sections for another place; a number that does not exist is a usage error."""
    url = show(server, JOBS)
    assert "lastrun=next" in pinger("look", url, "--place", "2").stdout
    result = pinger("look", url, "--place", "3")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "--place: there is no place 3; use a number up to 2.\n"


def test_no_other_place(server: Server) -> None:
    """Where no place states a moment, --place says so."""
    result = pinger("look", show(server, {}), "--place", "1")
    assert (result.exit_code, result.stderr) == (
        2,
        "--place: there is no place 1; no place states a moment.\n",
    )


def test_json(server: Server) -> None:
    """With --json, standard output is one object with all places and the sections."""
    url = show(server, JOBS)
    result = pinger("look", "--json", url)
    found = json.loads(result.stdout)
    assert (result.exit_code, found["url"], found["as"], found["contract"], found["known"]) == (
        0,
        url,
        "json",
        False,
        [],
    )
    assert [each["place"] for each in found["places"]] == ["jobs[].end", "jobs[].next"]
    assert (found["places"][0]["newest"], found["places"][0]["unit"]) == (YESTERDAY, None)
    assert found["sections"].startswith("[page jobs]\n")


def test_a_preset(server: Server) -> None:
    """A preset that reads the page is named first."""
    page = {"checks": [{"name": "db", "status": "up", "last_ping": YESTERDAY, "timeout": 60}]}
    lines = pinger("look", show(server, page)).stdout.splitlines()
    assert lines[2] == "         [page healthchecks] is built in and reads it: page=healthchecks"
    assert lines[-3] == "page=healthchecks"


def test_own_section(server: Server, folder: Path) -> None:
    """A section of pinger.ini that reads the page is named."""
    write(folder / "pinger.ini", "", "[page mine]\nlastrun=end\n")
    lines = pinger("look", show(server, {"end": YESTERDAY})).stdout.splitlines()
    assert lines[2] == "         [page mine] is in pinger.ini and reads it: page=mine"


def test_the_contract(server: Server) -> None:
    """A page by the contract needs no section."""
    url = show(server, {"status": "ok", "lastrun": YESTERDAY, "frequency": 10})
    assert pinger("look", url).stdout.splitlines()[2:] == [
        "         the page follows the contract of Py Pinger: it needs no [page NAME] section",
        "",
        "To monitor it, paste into pinger.ini:",
        "",
        "[task jobs]",
        f"url={url}",
    ]


def test_a_configured_page_by_the_contract(server: Server, folder: Path) -> None:
    """A page by the contract that pinger.ini has needs nothing."""
    url = show(server, {"status": "ok", "lastrun": YESTERDAY, "frequency": 10})
    write(folder / "pinger.ini", "", f"[urls]\nprod={url}")
    assert len(pinger("look", url).stdout.splitlines()) == 3


def test_nothing(server: Server) -> None:
    """A page without moments is one sentence, with exit code 1; with --json on both outputs."""
    url = show(server, {"a": 5})
    result = pinger("look", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{url}: 8 bytes of json and ")
    assert len(result.stderr.splitlines()) == 1
    result = pinger("look", "--json", url)
    assert (result.exit_code, json.loads(result.stdout)["places"]) == (1, [])


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"\0\1", "2 bytes of binary data and"),
        (b"", "0 bytes of text and"),
        (b"\xff\xfe", "2 bytes of text and"),
        (b"<!DOCTYPE x><x/>", "(the page has a DOCTYPE, which is not read)"),
        (b"[" * 5000, "(the page is not JSON: "),
        (b"<a>" * 100, "(the page nests more than 64 elements)"),
    ],
)
def test_hostile_pages(server: Server, page: bytes, words: str) -> None:
    """A page that cannot be read is one sentence."""
    result = pinger("look", show(server, page))
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_read_as_text(server: Server) -> None:
    """A page that is not what it begins like is read as text, which is said."""
    result = pinger("look", show(server, f'{{"end": "{YESTERDAY}",'.encode()))
    assert result.stdout.splitlines()[2].startswith("         read as text: the page is not JSON: ")


def test_a_large_page(server: Server) -> None:
    """Of a page that is too large, the headers are requested."""
    day_ago = (NOW - timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    url = show(server, b"x" * 1_100_000, Last_Modified=day_ago)
    result = pinger("look", url)
    assert "  larger than max_body in [main]: only the headers were read, 1 place" in result.stdout
    assert result.stdout.endswith(f"[task jobs]\nurl={url}\npage=last-modified\n{FREQUENCY}")
    assert [request.method for request in server.requests] == ["GET", "HEAD"]
    result = pinger("look", show(server, b"x" * 1_100_000))
    assert (result.exit_code, "the page is too large to read, and its" in result.stderr) == (1, True)


FREQUENCY = "# how often it runs, in minutes; or for example schedule=0 3 * * *\nfrequency=1440\n"


def test_many_places(server: Server) -> None:
    """The table has twenty places, and how many more there are; values in other units say so."""
    just_now = int(datetime.now(UTC).timestamp() * 1000)
    page = {f"run_at_{number}": just_now - number for number in range(30)}
    lines = pinger("look", show(server, page)).stdout.splitlines()
    assert lines[4].endswith("unit=ms, the time of the request?")
    assert lines[24] == "and 10 more places; --json lists all"


def test_a_huge_page(server: Server) -> None:
    """That a part of a large page was read is said."""
    result = pinger("look", show(server, [{"end": YESTERDAY}] * 20_000))
    assert "a large page: 10,000 values were read" in result.stdout


def test_errors(server: Server) -> None:
    """What keeps the page from being read is one sentence, with exit code 1."""
    server.behaviours["/login"] = says(b"", "401 Unauthorized")
    result = pinger("look", server.url("/login"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        f"{server.url('/login')}: HTTP 401 Unauthorized; give credentials by headers or "
    )
    assert pinger("look", server.url("/gone")).stderr == f"{server.url('/gone')}: HTTP 404 Not Found.\n"
    assert "connection refused" in pinger("look", "http://127.0.0.1:9/").stderr
    assert pinger("look", "ftp://a/").exit_code == 2
    assert "'a.example/x' does not begin with http://" in pinger("look", "a.example/x").stderr


def test_a_task_by_name(server: Server, folder: Path) -> None:
    """A task is requested with its settings, by GET also if its section requests headers only."""
    url = show(server, JOBS)
    first = f"[task One]\nurl={url}\nheaders=X-Key: t0ps3cret\npage=last-modified\nfrequency=60"
    write(folder / "pinger.ini", "", first, f"[task Other]\nurl={url}2")
    result = pinger("look", "one")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "t0ps3cret" not in result.stdout
    assert [(each.method, each.headers["x-key"]) for each in server.requests] == [("GET", "t0ps3cret")]
    result = pinger("look", "o*")
    assert (result.exit_code, result.stderr) == (
        2,
        "'o*' matches 2 tasks; use the name of one: One, Other.\n",
    )
    assert "No task is named 'Oter'; did you mean 'Other'?" in pinger("look", "Oter").stderr


def test_secrets(server: Server) -> None:
    """Secrets of the URL are masked, also where the page repeats them."""
    page = {"jobs": [{"name": "t0ps3cret", "end": YESTERDAY}]}
    show(server, page, "/jobs?token=t0ps3cret")
    result = pinger("look", f"{server.origin}/jobs?token=t0ps3cret".replace("//", "//anna:p4ssw0rd@"))
    assert result.exit_code == 0
    assert "t0ps3cret" not in result.stdout
    assert "p4ssw0rd" not in result.stdout
    assert "# write ${VARIABLE} for ***" in result.stdout
