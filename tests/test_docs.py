"""Each command, option, route and key is documented, and each documented one exists.

The keys of pinger.ini are held so by tests/config/schema/test_settings.py, the metrics by
tests/web/pages/test_metrics.py, the routes of /openapi.json by tests/web/pages/test_openapi.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.web.conftest import NOW, FakeBoard

from py_pinger.cli import main
from py_pinger.cli.main import COMMANDS
from py_pinger.cli.output import KEYS
from py_pinger.web import create_app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text("utf-8")
COMMAND_LINE = (DOCS / "cli.md").read_text("utf-8")
API = (DOCS / "api.md").read_text("utf-8")

# What browsers ask for besides what people do.
UNTOLD = {"/static/<filename>", "/favicon.ico"}


def section(text: str, heading: str) -> str:
    """Return what stands below a heading."""
    found = re.search(rf"(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text)
    assert found, heading
    return found[1]


def first_cells(text: str) -> Iterator[str]:
    """Yield what stands as code in the first column of the tables."""
    for cell in re.findall(r"(?m)^\| ([^|]+) \|", text):
        yield from re.findall(r"`([^`]+)`", cell)


def options(name: str) -> set[str]:
    """Return the options of a command, as they are typed."""
    command = main.get_command(click.Context(main), name)
    assert command
    return {opt for each in command.params if isinstance(each, click.Option) for opt in each.opts}


def routes() -> set[str]:
    """Return the routes of the web, with the names that the documents give their variable parts."""
    app = create_app(FakeBoard(), (), lambda: NOW, samples=True)
    found = {re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule.rule) for rule in app.url_map.iter_rules()}
    spelled = {"/badge/<url>": "/badge/<url>.svg", "/sample/<slug>": "/sample/<name>"}
    return {spelled.get(route, route) for route in found} - UNTOLD


def test_every_command_is_documented() -> None:
    """docs/cli.md has a section for each command, in the order of the help, and for no other."""
    assert re.findall(r"(?m)^## pinger (\w+)$", COMMAND_LINE) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """The section of a command names each of its options, and no other."""
    told = {cell.split()[0] for cell in first_cells(section(COMMAND_LINE, f"pinger {name}"))}
    assert {option for option in told if option.startswith("-")} == options(name)


def test_the_readme_knows_the_commands() -> None:
    """README.md names each command, and no other."""
    assert [cell.split()[0] for cell in first_cells(section(README, "Commands"))] == list(COMMANDS)


def test_every_route_is_documented() -> None:
    """docs/api.md has a row for each route, and for no other."""
    table = API.partition("\n## ")[0]
    told = {cell.removeprefix("GET ").removeprefix("POST ") for cell in first_cells(table)}
    assert told == routes()


def test_the_readme_names_routes_that_exist() -> None:
    """README.md names no route that there is not."""
    assert set(first_cells(section(README, "The web server"))) <= routes()


def test_every_key_of_a_task_is_documented() -> None:
    """docs/api.md tells of each key that is given of a task, in the order in which it is given."""
    assert list(first_cells(section(API, "The keys of a task"))) == list(KEYS)


def test_every_page_can_be_found() -> None:
    """Each page of docs/ is a link away from README.md, or from one that is."""
    found, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        links = re.findall(r"\]\(([\w./-]+\.md)", page.read_text("utf-8"))
        new = {(page.parent / link).resolve() for link in links} - found
        found |= new
        waiting += new
    assert {page.name for page in DOCS.glob("*.md") if page.resolve() not in found} == set()
