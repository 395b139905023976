"""`pinger check`."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.conftest import TaskPages
from tests.support.pinger_command import pinger, write

from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.remedy.remedy import remedy_of

pytestmark = pytest.mark.usefixtures("logbooks", "folder")


def test_check_all_well(task_pages: TaskPages) -> None:
    """A check of a healthy URL needs no file; it shows the arithmetic, and exits with 0."""
    url = task_pages.show("/a")
    result = pinger("check", "--at", "2026-11-22 10:05", url)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"ok       {url}\n         lastrun 10:00:00Z + 10 min = 10:10:00Z; now 10:05:00Z → ok, due in 5 min\n"
    )


def test_check_something_fails(task_pages: TaskPages, folder: Path) -> None:
    """A check of the configured tasks takes their own settings, and exits with 1 if one fails."""
    ok, late = task_pages.show("/a"), task_pages.show("/b")
    write(folder / "pinger.ini", "", "[urls]", f"prod={ok},{late}", f"[task {ok}]", "grace=10")
    result = pinger("check", "--at", "2026-11-22T10:15:00Z")
    assert result.exit_code == 1
    assert result.stdout == (
        f"ok       {ok}\n"
        "         lastrun 10:00:00Z + 10 min + grace 10 min = 10:20:00Z; now 10:15:00Z → ok, due in 5 min\n"
        f"error    {late}\n"
        "         lastrun 10:00:00Z + 10 min = 10:10:00Z; now 10:15:00Z → late by 5 min\n"
        f"         remedy: {remedy_of(Fault(FaultCode.LATE))}\n"
    )


def test_check_as_json(task_pages: TaskPages) -> None:
    """With --json, standard output is JSON and nothing else, however many tasks there are."""
    urls = [task_pages.show(f"/{number}") for number in range(12)]
    result = pinger("check", "--json", "--at", "2026-11-22T10:05:00Z", *urls)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [finding["url"] for finding in orjson.loads(result.stdout)] == urls


def test_check_many(task_pages: TaskPages) -> None:
    """Many tasks are all found, in their order, whatever the progress bar does."""
    urls = [task_pages.show(f"/{number}") for number in range(12)]
    result = pinger("check", "--at", "2026-11-22T10:05:00Z", *urls)
    assert [line.split()[1] for line in result.stdout.splitlines()[::2]] == urls


PUSHED = ("[push]", f"key={'k' * 20}", "[task Backup]", "push=backup", "frequency=10")


def test_pushed_tasks_are_left_out(task_pages: TaskPages, folder: Path) -> None:
    """A task that sends its reports is not requested; by its name it is a usage error."""
    url = task_pages.show("/a")
    write(folder / "pinger.ini", "", "[urls]", f"prod={url}", *PUSHED)
    result = pinger("check", "--json")
    assert [each["url"] for each in orjson.loads(result.stdout)] == [url]
    named = pinger("check", "Backup")
    assert (named.exit_code, named.stdout) == (2, "")
    assert named.stderr == "'Backup' sends its reports, so it has no page; `pinger status` shows it.\n"
    assert pinger("look", "Backup").stderr == named.stderr


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--every", "60s"], "--every requires --watch or --push."),
        (["--watch", "--json"], "--json cannot be used with --watch."),
        (["--watch", "--push", "https://p.example"], "--watch cannot be used with --push."),
        (["--push", "https://p.example", "--at", "2026-11-22T10:05:00Z"], "--at cannot be used with --push."),
        (["--push", "https://p.example", "--every", "60s", "--json"], "--json cannot be used with --every."),
    ],
)
def test_options_that_do_not_fit(options: list[str], text: str) -> None:
    """Options that contradict each other are a usage error."""
    result = pinger("check", *options)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {text}")


def test_check_an_invalid_url() -> None:
    """An invalid URL is rejected in one sentence."""
    result = pinger("check", "ftp://a/")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "ftp://a/" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_check_an_item_by_name(task_pages: TaskPages, folder: Path) -> None:
    """An item that a page lists is found by its name or a pattern, which takes a request of the page."""
    backups = task_pages.show("/jobs", jobs=[{"name": "photos", "end": "2026-11-22T10:00:00Z"}])
    other = task_pages.show("/a")
    page = ["[page p]", "each=jobs", "name=name", "lastrun=end"]
    tasks = ["[task Backups]", f"url={backups}#*", "page=p", "frequency=10", f"[task Photo]\nurl={other}"]
    write(folder / "pinger.ini", "", *page, *tasks)

    def checked(*wanted: str) -> list[str]:
        result = pinger("check", "--json", "--at", "2026-11-22T10:05:00Z", *wanted)
        assert (result.exit_code, result.stderr) == (0, "")
        return [each["url"] for each in orjson.loads(result.stdout)]

    assert checked("Photos") == [f"{backups}#photos"]
    assert checked("photo*") == [other, f"{backups}#photos"]
    assert checked("backups", "photos") == [f"{backups}#*", f"{backups}#photos"]
    assert checked("photo") == [other]
    assert pinger("check", "phots").stderr == "No task is named 'phots'; did you mean 'photos'?\n"
    task_pages.show("/jobs", 404)
    unread = pinger("check", "photos")
    assert unread.exit_code == 2
    assert unread.stderr == (
        "No task is named 'photos'; did you mean 'Photo'? Cannot read the items of Backups: HTTP 404"
        " Not Found.\n"
    )
    partly = pinger("check", "--at", "2026-11-22T10:05:00Z", "photo*")
    assert partly.exit_code == 0
    assert partly.stderr == "Cannot read the items of Backups: HTTP 404 Not Found.\n"


def test_check_by_name(task_pages: TaskPages, folder: Path) -> None:
    """A configured task is checked by its name or a pattern; an unknown name suggests the nearest."""
    one, two = task_pages.show("/a"), task_pages.show("/b")
    tasks = f"[task Nightly import]\nurl={one}\n[task Nightly export]\nurl={two}\n"
    write(folder / "pinger.ini", "", tasks)

    def checked(*wanted: str) -> list[str]:
        return [each["url"] for each in orjson.loads(pinger("check", "--json", *wanted).stdout)]

    assert checked("nightly import") == [one]
    assert checked("Nightly*", two) == [one, two]
    result = pinger("check", "Nightly imprt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "No task is named 'Nightly imprt'; did you mean 'Nightly import'?\n"
