"""Settings with the items that pages list, and what may be written about such items."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import ProblemCode, Settings, masked_ini, task_at, with_items
from py_pinger.config.parsing.item_patterns import may_be_an_item
from py_pinger.core.discovery.discovery import item_task

API = "https://b.example/api"
PAGE = "[page p]\neach=jobs\nname=name\nlastrun=t\n"
ALL = f"[task Backups]\nurl={API}#*\npage=p\nfrequency=60\n"
OTHER = "[task other]\nurl=https://o.example/\n"


def expanded(settings: Settings, *names: str) -> dict[str, str | None]:
    """Return the names and origins of all tasks, given the names of the page's items."""
    return {task.name or "": task.listed_by for task in with_items(settings, {f"{API}#*": names}).tasks}


def test_items_stand_behind_their_page(load_text: LoadText) -> None:
    """Each item is a task with the section's settings, after the task for all of them."""
    settings = load_text(PAGE + ALL + OTHER)
    assert expanded(settings, "mail", "web") == {
        "Backups": None,
        "mail": f"{API}#*",
        "web": f"{API}#*",
        "other": None,
    }
    assert with_items(settings, {}) is settings
    assert with_items(settings, {"https://gone.example/#*": ["x"], "https://o.example/": ["x"]}) is settings
    task = with_items(settings, {f"{API}#*": ["mail"]}).tasks[1]
    assert (task.url, task.expectations.frequency) == (f"{API}#mail", timedelta(hours=1))


def test_configured_items_stay(load_text: LoadText) -> None:
    """An item with a section of its name, or in the other list, is not discovered."""
    named = f"[task Post]\nurl={API}#mail\npage=p\nfrequency=5\n"
    unused = f"[task Web]\nurl={API}#web%20site\nurls=dev\npage=p\nfrequency=5\n"
    settings = load_text(PAGE + ALL + named + unused)
    found = expanded(settings, "mail", "web site", "wiki")
    assert found == {"Backups": None, "wiki": f"{API}#*", "Post": None}


def test_sleep_of_items(load_text: LoadText) -> None:
    """Windows of sleep are those of the item's own name and URL."""
    sleep = "[sleep {0}]\nstart=sat 00:00\nduration=60\ntasks={1}\n"
    windows = sleep.format("a", "mail") + sleep.format("b", "Backups") + sleep.format("c", f"{API}#*")
    tasks = with_items(load_text(PAGE + ALL + windows), {f"{API}#*": ["mail", "web"]}).tasks
    assert {task.name: [each.name for each in task.expectations.sleep] for task in tasks} == {
        "Backups": ["b", "c"],
        "mail": ["a", "c"],
        "web": ["c"],
    }


def test_dependence_on_items(load_text: LoadText) -> None:
    """A task may depend on items that are not known yet, never the task for all of them on its own."""
    depending = f"[task other]\nurl=https://o.example/\ndepends_on={API}#mail\n"
    settings = load_text(PAGE + ALL + "depends_on=*\n" + depending.replace("depends_on=", "depends_on=mail,"))
    parents = {task.name: task.parents for task in settings.tasks}
    assert parents == {"Backups": ("https://o.example/",), "other": ()}
    tasks = with_items(load_text(PAGE + ALL + depending), {f"{API}#*": ["mail", "web"]}).tasks
    assert {task.name: task.parents for task in tasks} == {
        "Backups": (),
        "mail": (f"{API}#*",),
        "web": (f"{API}#*",),
        "other": (f"{API}#mail",),
    }


def test_the_masked_file_keeps_dependences(load_text: LoadText) -> None:
    """What `pinger config` prints depends on the same items."""
    depending = f"[task other]\nurl=https://o.example/\ndepends_on={API}#mail\n"
    again = load_text(masked_ini(load_text(PAGE + ALL + depending)))
    assert again.depends_on == {"https://o.example/": (f"{API}#mail",)}


def test_a_cycle_over_items(load_text: LoadText) -> None:
    """Dependencies on items that would be a cycle are left out."""
    settings = load_text(
        PAGE + ALL + "depends_on=other\n[task other]\nurl=https://o.example/\ndepends_on=mail\n"
    )
    tasks = with_items(settings, {f"{API}#*": ["mail"]}).tasks
    assert {task.name: task.parents for task in tasks} == {
        "Backups": ("https://o.example/",),
        "mail": (f"{API}#*", "https://o.example/"),
        "other": (),
    }


@pytest.mark.parametrize(
    ("pattern", "possible"),
    [
        ("mail", True),
        ("*", True),
        (f"{API}#mail", True),
        (f"{API.upper()}#Mail", True),
        (f"{API}#m*", True),
        ("https://b.*", True),
        ("https://b.example/ap?*", True),
        (API, False),
        ("https://b.example/other*", False),
        ("https://c.*", False),
    ],
)
def test_patterns_of_items(pattern: str, possible: bool) -> None:  # noqa: FBT001 - a column of the table
    """A name may be that of an item; a URL only if it can begin like one."""
    assert may_be_an_item(pattern, ["https://x.example/", f"{API}#*"]) is possible
    assert not may_be_an_item(pattern, ["https://x.example/", f"{API}#mail"])


def test_patterns_are_no_mistake(load_text: LoadText) -> None:
    """Patterns of channels and windows that may match an item later cause no warning."""
    window = "[maintenance m]\nstart=sat 00:00\nduration=60\ntasks={}\n"
    assert load_text(PAGE + ALL + window.format(f"{API}#mail")).warnings == ()
    unused = load_text(PAGE + ALL + window.format("https://c.example/*")).warnings
    assert [warning.code for warning in unused] == [ProblemCode.NO_MATCH]


@pytest.mark.parametrize(
    ("page", "url", "code"),
    [
        pytest.param("last-modified", f"{API}#*", ProblemCode.CONFLICT, id="a page without items"),
        pytest.param("p", API, ProblemCode.INCOMPLETE, id="no item"),
    ],
)
def test_mistakes(codes_of: CodesOf, page: str, url: str, code: ProblemCode) -> None:
    """All items need a page that lists some, and such a page needs an item, or all."""
    found = codes_of(PAGE + f"[task t]\nurl={url}\npage={page}\nfrequency=60\n")
    assert found == ((code, "[task t] url"),)


def test_an_item_by_its_url(load_text: LoadText) -> None:
    """The URL of an item has the settings of the task for all, unless it is configured."""
    settings = load_text(PAGE + ALL + OTHER)
    (page, other) = settings.tasks
    assert task_at(f"{API}#nightly%20build", settings) == item_task(page, "nightly build")
    assert task_at(f"{API}#*", settings) == page
    assert task_at(API, settings).listed_by is None
    assert task_at("https://o.example/", settings) == other
    assert load_text(masked_ini(settings)).tasks == settings.tasks
