"""Lists of URLs: how they are parted, and what is told of those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.config.conftest import LoadText, ProblemsOf

MEND = "mend it (URLs are parted by commas or line breaks, and each begins with http:// or https://)."


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
    ("value", "problem"),
    [
        (
            "https://me:secret,@host/",
            (
                "URL 1: https://***@host/ has a comma before its @: write %2C for it, or the @FILE on a line"
                f" of its own; {MEND}"
            ),
        ),
        ("my-backend.com", f"URL 1: my-backend.com does not begin with http:// or https://; {MEND}"),
        ("https://a/,http:/:secret@b/", f"URL 2: ***… names no host; {MEND}"),
        ("url=https://hook/secret", f"URL 1: url… does not begin with http:// or https://; {MEND}"),
        ("https://a/,ftp://b/", f"URL 2: ftp://b/ does not begin with http:// or https://; {MEND}"),
        ("https://a/ my-backend.com", f"URL 1: https://a/… has a blank inside; {MEND}"),
        (
            "https://a/,https://me:secret@b:port/?secret",
            f"URL 2: https://***@b:port/?*** has a host or port that cannot be read; {MEND}",
        ),
        ("https://a/,\n https://a/", "URL 2: https://a/ is in the list twice; remove one."),
        (
            "https://a/?token=one,https://a/?token=two",
            (
                "URL 2: https://a/?token=*** differs from another URL of the list in its secrets"
                " only, so nobody"
                " could tell them apart; remove one, or end one with a name of its own, like #second."
            ),
        ),
    ],
)
def test_urls_that_are_none(problems_of: ProblemsOf, value: str, problem: str) -> None:
    """A wrong URL is named by its place, masked, with what is wrong about it."""
    assert problems_of(f"[urls]\ndev={value}\n") == (f"[urls] dev, {problem}",)


def test_urls_of_a_file_that_are_none(problems_of: ProblemsOf, tmp_path: Path) -> None:
    """A wrong URL of a file is named by its line, and the rest is read on."""
    (tmp_path / "urls").write_text("https://a/\n\nnonsense\nhttps://b/${NO}\n")
    assert problems_of("[urls]\nprod=@urls\n") == (
        f"[urls] prod, line 3 of urls: non… does not begin with http:// or https://; {MEND}",
        (
            "[urls] prod, line 4 of urls, takes the environment variable NO, which is not set; set"
            " it, or write"
            " the value."
        ),
    )


def test_files_that_cannot_be_read(problems_of: ProblemsOf, tmp_path: Path) -> None:
    """A list's file that is not there, or no text, is told of like the ini itself."""
    (tmp_path / "binary").write_bytes(b"\xff")
    assert problems_of("[urls]\nprod=\n @missing\n @binary\n @\n") == (
        (
            f"[urls] prod: {tmp_path}/missing does not exist; create it with one URL a line, or mend the name"
            " after the @."
        ),
        f"[urls] prod: {tmp_path}/binary is not UTF-8 text in line 1; save it as UTF-8.",
        f"[urls] prod: {tmp_path} is a folder; name the file inside it.",
    )


def test_a_fragment_tells_two_apart(load_text: LoadText) -> None:
    """What is proposed for URLs that differ in secrets only does help."""
    settings = load_text("[urls]\nprod=https://a/?token=one,https://a/?token=two#second\n")
    assert [task.url for task in settings.tasks] == ["https://a/?token=***", "https://a/?token=***#second"]
