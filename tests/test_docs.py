"""Each command, option, route and key is documented, and each documented one exists.

tests/config/schema/test_settings.py compares the keys of pinger.ini, tests/web/pages/test_metrics.py
the metrics, tests/web/pages/test_openapi.py the routes of /openapi.json.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.support.fake_data_source import NOW, FakeDataSource
from tests.test_imports import FOLDERS

from py_pinger.cli import main
from py_pinger.cli.main import COMMANDS
from py_pinger.cli.tasks.task_csv import KEYS
from py_pinger.core.status_page.status_page import StatusPage
from py_pinger.web import DemoShop, LoginState, PageSettings, create_app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "py_pinger"
README = (ROOT / "README.md").read_text("utf-8")
COMMAND_LINE = (DOCS / "cli.md").read_text("utf-8")
API = (DOCS / "api.md").read_text("utf-8")
PAGES = [
    *sorted(DOCS.glob("*.md")),
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "fuzz/README.md", "client/README.md")
    ),
]

# What browsers request in addition to the pages.
UNDOCUMENTED = {"/static/<filename>", "/favicon.ico"}

WIDTH = 100


def section(text: str, heading: str) -> str:
    """Return the text below a heading."""
    found = re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text)
    assert found, heading
    return found[1]


def first_cells(text: str) -> Iterator[str]:
    """Yield the code spans in the first column of the tables."""
    for cell in re.findall(r"(?m)^\| ([^|]+) \|", text):
        yield from re.findall(r"`([^`]+)`", cell)


def options(name: str) -> set[str]:
    """Return the options of a command, as they are typed."""
    command = main.get_command(click.Context(main), name)
    assert command
    return {opt for each in command.params if isinstance(each, click.Option) for opt in each.opts}


def routes() -> set[str]:
    """Return the routes of the web, with the names that the documents give their variable parts."""
    status_pages = [StatusPage("shop", "The shop")]
    settings = PageSettings((), samples=True, demo=DemoShop(NOW), status_pages=status_pages)
    app = create_app(FakeDataSource(), settings, lambda: NOW, LoginState())
    found = {re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule.rule) for rule in app.url_map.iter_rules()}
    spelled = {
        "/badge/<url>": "/badge/<url>.svg",
        "/sample/<slug>": "/sample/<name>",
        "/demo/<slug>": "/demo/<name>",
    }
    named = {route.replace("/status/shop", "/status/<name>") for route in found}
    return {spelled.get(route, route) for route in named} - UNDOCUMENTED


def test_every_command_is_documented() -> None:
    """docs/cli.md has a section for each command, in the order of the help, and for no other."""
    assert re.findall(r"(?m)^## pinger (\w+)$", COMMAND_LINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """The section of a command names each of its options, and no other."""
    cells = {cell.split()[0] for cell in first_cells(section(COMMAND_LINE, f"pinger {name}"))}
    assert {option for option in cells if option.startswith("-")} == options(name)


def test_the_readme_knows_the_commands() -> None:
    """README.md names each command, and no other."""
    assert [cell.split()[0] for cell in first_cells(section(README, "Commands"))] == list(COMMANDS)


def test_every_route_is_documented() -> None:
    """docs/api.md has a row for each route, and for no other."""
    table = API.partition("\n## ")[0]
    named = {re.sub("^(GET|POST|DELETE) ", "", cell) for cell in first_cells(table)}
    assert named == routes()


def test_the_readme_names_routes_that_exist() -> None:
    """README.md names only routes that exist."""
    assert set(first_cells(section(README, "The web server"))) <= routes()


def test_every_key_of_a_task_is_documented() -> None:
    """docs/api.md documents each key of a task, in the order of the JSON."""
    assert list(first_cells(section(API, "The keys of a task"))) == list(KEYS)


def links_of(page: Path) -> set[Path]:
    """Return the Markdown pages that a page links to."""
    links = re.findall(r"\]\(([\w./-]+\.md)", page.read_text("utf-8"))
    return {(page.parent / link).resolve() for link in links}


def test_every_page_can_be_found() -> None:
    """README.md links to the index of docs/, and the index to each page."""
    index = (DOCS / "README.md").resolve()
    assert index in links_of(ROOT / "README.md")
    assert {page.resolve() for page in DOCS.glob("*.md")} - links_of(index) - {index} == set()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each link to a file of the repository leads to a file, and its anchor to a heading."""
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text("utf-8"))
    found = [((page.parent / file) if file else page, anchor) for file, anchor in links]
    assert [str(file) for file, _ in found if not file.exists()] == []
    assert [anchor for file, anchor in found if anchor and anchor not in anchors(file)] == []


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a page without its tables and its code."""
    fenced = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        if not (fence or fenced or line.lstrip().startswith("|") or line.startswith("    ")):
            yield number, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_prose_is_wrapped(page: Path) -> None:
    """Prose has at most 100 columns; tables, code and what cannot be broken may be wider."""
    wide = [number for number, line in prose(page) if len(line) > WIDTH and " " in line.strip(" -*")[:WIDTH]]
    assert wide == []


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_named_files_exist(page: str) -> None:
    """Each path in the pages about the code is a file or folder of the repository."""
    spans = re.findall(r"`([\w.-]+/[\w./-]*)`", (ROOT / page).read_text("utf-8"))
    named = {path for path in spans if "NAME" not in path}
    assert named
    assert [path for path in named if not any((root / path).exists() for root in (ROOT, SOURCE))] == []


def test_the_table_of_folders() -> None:
    """docs/architecture.md lists each folder with what tests/test_imports.py lets it import."""
    table = section((DOCS / "architecture.md").read_text("utf-8"), "The folders")
    rows = re.findall(r"(?m)^\| `([\w/]+)/` \| .* \| ([^|]*) \|$", table)
    listed = {folder: set(re.findall(r"`([\w/]+)/`", allowed)) for folder, allowed in rows}
    assert listed == FOLDERS


def test_the_answers_of_the_architecture_page_exist() -> None:
    """Each function that docs/architecture.md names as an answer is defined in a file of the same answer."""
    table = section((DOCS / "architecture.md").read_text("utf-8"), "Where is …")
    for answer in re.findall(r"(?m)^\| [^|]*\? \| (.*) \|$", table):
        files = re.findall(r"`([\w/]+\.py)`", answer)
        source = "".join((SOURCE / file).read_text("utf-8") for file in files)
        names = re.findall(r"`(\w+)`", answer)
        assert [name for name in names if f"def {name}(" not in source] == [], answer
