"""Lists of URLs: how they are parted, and what is told of those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ini_texts import CodesOf, LoadText, ProblemsOf, codes


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("", []),
        (" , ,", []),
        ("https://a/", ["https://a/"]),
        ("https://a/,https://b/", ["https://a/", "https://b/"]),
        ("https://a/ ,  HTTP://b/,", ["https://a/", "HTTP://b/"]),
        ("https://a/?ids=1,2,https://b/x,y", ["https://a/?ids=1,2", "https://b/x,y"]),
        ("\n  https://a/\n\n  # no\n  https://b/,\n  https://c/", ["https://a/", "https://b/", "https://c/"]),
        ("https://a/#x,https://a/%20#%", ["https://a/#x", "https://a/%20#%"]),
        ("https://a/?next=https://b/", ["https://a/?next=https://b/"]),
    ],
)
def test_how_a_list_is_parted(load_text: LoadText, value: str, urls: list[str]) -> None:
    """Commas before another URL and line breaks part a list; other commas are part of a URL."""
    assert [task.address for task in load_text(f"[urls]\nprod={value}\n").tasks] == urls


def test_a_list_in_a_file(load_text: LoadText, tmp_path: Path) -> None:
    """A file beside the ini holds one URL a line, with comments, blank lines and variables."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "urls.txt").write_text(
        "\N{ZERO WIDTH NO-BREAK SPACE}# ${none}\n\nhttps://b/?token=${TOKEN}\n  https://c/\n"
    )
    settings = load_text("[urls]\nprod=https://a/\n @more/urls.txt\n https://d/\n", TOKEN="s")
    assert [task.address for task in settings.tasks] == [
        "https://a/",
        "https://b/?token=s",
        "https://c/",
        "https://d/",
    ]
    assert [task.url for task in settings.tasks][1] == "https://b/?token=***"


@pytest.mark.parametrize(
    "value",
    [
        "https://a/,@one,@two",
        "https://a/?x , @one ,@two",
        "https://a/,${FILES}",
        "@none,https://a/,@one,@two",
    ],
)
def test_files_behind_a_comma(load_text: LoadText, tmp_path: Path, value: str) -> None:
    """A comma parts a file from what stands before it, just as it parts two URLs."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"https://{name}/\n")
    (tmp_path / "none").touch()
    tasks = load_text(f"[urls]\nprod={value}\n", FILES="@one,@two").tasks
    assert [task.address.partition("?")[0] for task in tasks] == [
        "https://a/",
        "https://one/",
        "https://two/",
    ]


@pytest.mark.parametrize(
    ("value", "code", "number"),
    [
        ("https://me:secret,@host/", "invalid_value", 1),
        ("my-backend.com", "invalid_value", 1),
        ("https://a/,http:/:secret@b/", "invalid_value", 2),
        ("url=https://hook/secret", "invalid_value", 1),
        ("https://a/,ftp://b/", "invalid_value", 2),
        ("https://a/ my-backend.com", "invalid_value", 1),
        ("https://a/,https://me:secret@b:port/?secret", "invalid_value", 2),
        ("https://a/,\n https://a/", "duplicate", 2),
        ("https://a/?token=one,https://a/?token=two", "duplicate", 2),
    ],
)
def test_invalid_urls(problems_of: ProblemsOf, value: str, code: str, number: int) -> None:
    """An invalid URL is reported with its place, and without its secrets."""
    problems = problems_of(f"[urls]\ndev={value}\n")
    assert codes(problems) == ((code, f"[urls] dev, URL {number}"),)
    assert "secret" not in str(problems[0]).replace("only in its secrets", "")


def test_urls_of_a_file_that_are_none(codes_of: CodesOf, tmp_path: Path) -> None:
    """A wrong URL of a file is named by its line, and the rest is read on."""
    (tmp_path / "urls").write_text("https://a/\n\nnonsense\nhttps://b/${NO}\n")
    assert codes_of("[urls]\nprod=@urls\n") == (
        ("invalid_value", "[urls] prod, line 3 of urls"),
        (("unset_variable", "[urls] prod, line 4 of urls")),
    )


def test_files_that_cannot_be_read(codes_of: CodesOf, tmp_path: Path) -> None:
    """A list's file that is not there, or no text, is told of like the ini itself."""
    (tmp_path / "binary").write_bytes(b"\xff")
    assert codes_of("[urls]\nprod=\n @missing\n @binary\n @\n") == (
        (("unreadable", f"[urls] prod, {tmp_path}/missing")),
        ("unreadable", f"[urls] prod, {tmp_path}/binary"),
        ("unreadable", f"[urls] prod, {tmp_path}"),
    )


def test_a_fragment_distinguishes_two_urls(load_text: LoadText) -> None:
    """The remedy for URLs that differ in secrets only works."""
    settings = load_text("[urls]\nprod=https://a/?token=one,https://a/?token=two#second\n")
    assert [task.url for task in settings.tasks] == ["https://a/?token=***", "https://a/?token=***#second"]
