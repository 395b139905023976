"""The documentation site: its pages, their links and their order, and the check of what was built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docsite.built_site import problems
from docsite.pages import INDEX, NAMES, page_labels, site_name, site_text

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("docs/README.md", "index.md"),
        ("README.md", "introduction.md"),
        ("docs/push.md", "push.md"),
        ("docs/screenshots/wall.png", "screenshots/wall.png"),
        ("docs/webhook.schema.json", None),
        ("deploy/py-pinger.service", None),
    ],
)
def test_site_name(source: str, name: str | None) -> None:
    """Pages and pictures are on the site, other files of the repository are not."""
    assert site_name(source) == name


@pytest.mark.parametrize(
    ("source", "text", "changed"),
    [
        ("README.md", "[a](docs/push.md#limits)", "[a](push.md#limits)"),
        ("README.md", "![a](docs/screenshots/wall.png)", "![a](screenshots/wall.png)"),
        ("docs/push.md", "[a](../README.md) [b](cli.md)", "[a](introduction.md) [b](cli.md)"),
        ("docs/push.md", "[a](#limits) [b](https://x.y/z.md)", "[a](#limits) [b](https://x.y/z.md)"),
        (
            "docs/push.md",
            "[a](../deploy/py-pinger.service)",
            "[a](https://github.com/bobbydams/py-pinger/blob/main/deploy/py-pinger.service)",
        ),
        ("README.md", "[docs/push.md](docs/push.md#limits)", "[Push](push.md#limits)"),
        ("docs/cli.md", "[push.md](push.md) [cli.md](cli.md)", "[Push](push.md) [cli.md](cli.md)"),
        ("docs/push.md", "`[a](../README.md)`", "`[a](../README.md)`"),
        ("docs/push.md", "```\n[a](../README.md)\n```\n", "```\n[a](../README.md)\n```\n"),
    ],
)
def test_site_text(source: str, text: str, changed: str) -> None:
    """Links lead to the pages of the site, with their labels, or else to the repository; code stays."""
    assert site_text(source, text, {"docs/push.md": "Push"}) == changed


def test_page_labels() -> None:
    """The index calls each page by the link at the start of its row."""
    rows = "| [Push](push.md) | no [page](contract.md) |\n| [Introduction](../README.md) | all |\n"
    assert page_labels(rows) == {"docs/push.md": "Push", "README.md": "Introduction"}


def test_the_navigation_has_each_page_once() -> None:
    """The index lists all pages of the site in its sections, each once."""
    index = site_text(INDEX, (ROOT / INDEX).read_text("utf-8"), {})
    contents = re.findall(r"(?ms)^```\{toctree\}\n:hidden:\n:caption: \w.*?\n\n(.*?)^```$", index)
    listed = [line.rpartition("<")[2].rstrip(">") for lines in contents for line in lines.splitlines()]
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")} | NAMES.keys()
    names = {str(site_name(source)).removesuffix(".md") for source in sources - {INDEX}}
    assert sorted(listed) == sorted(names)


def test_every_question_is_a_question() -> None:
    """docs/questions.md has unique questions, and an answer in a section or page for each."""
    rows = re.findall(r"(?m)^\| ([^|]+\?) \| (.+) \|$", (ROOT / "docs/questions.md").read_text("utf-8"))
    assert len(rows) > 50
    assert len({question for question, _ in rows}) == len(rows)
    assert [question for question, answer in rows if "](" not in answer] == []


def test_a_sound_site_has_no_problems(tmp_path: Path) -> None:
    """Links, anchors and files of the site itself are fine, and so are links to other hosts."""
    (tmp_path / "a.css").write_text("p { background: url(b.png) }", "utf-8")
    (tmp_path / "a.html").write_text(
        '<link href="a.css"><p id="x"><a href="b.html#y">b</a> <a href="#x">x</a> <a href="https://x.y">z</a>',
        "utf-8",
    )
    (tmp_path / "b.html").write_text('<p id="y"><a href="a.html">a</a>', "utf-8")
    assert list(problems(tmp_path)) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="c.html">', "a.html: c.html leads nowhere"),
        ('<a href="#z">', "a.html: #z leads nowhere"),
        ('<a href="../a.html">', "a.html: ../a.html leads nowhere"),
        ('<img src="b.png">', "a.html: b.png leads nowhere"),
        ('<script src="https://x.y/z.js">', "a.html: https://x.y/z.js is loaded from another host"),
        ('<link href="//x.y/z.css">', "a.html: //x.y/z.css is loaded from another host"),
    ],
)
def test_a_problem_is_named(tmp_path: Path, html: str, problem: str) -> None:
    """A link that leads nowhere, and what is loaded from another host, is a problem."""
    (tmp_path / "a.html").write_text(html, "utf-8")
    assert list(problems(tmp_path)) == [problem]


def test_fonts_of_other_hosts_are_a_problem(tmp_path: Path) -> None:
    """A style sheet may not load from another host."""
    (tmp_path / "a.css").write_text('@import "https://x.y/f.css"; p { src: url("//x.y/f.woff") }', "utf-8")
    hosts = ["https://x.y/f.css", "//x.y/f.woff"]
    assert list(problems(tmp_path)) == [f"a.css: {address} is loaded from another host" for address in hosts]
