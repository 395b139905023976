"""Status pages, as they are written."""

from __future__ import annotations

import pytest
from tests.support.ini_texts import CodesOf, LoadText, codes

from py_pinger.config import masked_ini
from py_pinger.core.status_page.status_page import GroupPatterns, StatusPage

TASKS = "[urls]\nprod=https://a.example/1\n[task https://a.example/1]\nname=Orders\n"
WRITTEN = (
    "title=The shop\ntasks=orders, https://a.example/?token=geheim\nservers=web-*\n"
    "groups=\n  Sales: o*, c?\n  Rest:*\npublic=yes"
)


def test_a_page(load_text: LoadText) -> None:
    """All keys of a page; secrets in its patterns are masked, as they are in the URLs that they match."""
    (page,) = load_text(f"{TASKS}[status shop]\n{WRITTEN}\n").status_pages()
    groups = (GroupPatterns("Sales", ("o*", "c?")), GroupPatterns("Rest", ("*",)))
    tasks = ("orders", "https://a.example/?token=***")
    assert page == StatusPage("shop", "The shop", tasks, ("web-*",), groups, public=True)


def test_defaults(load_text: LoadText) -> None:
    """A page without keys shows all tasks to those who know the password, under its name."""
    assert load_text("[status shop]\n").status_pages() == (StatusPage("shop", "shop"),)


def test_it_is_written_as_it_was(load_text: LoadText) -> None:
    """The ini that `pinger config` prints makes the same page."""
    settings = load_text(f"{TASKS}[status shop]\n{WRITTEN}\n")
    assert load_text(masked_ini(settings)).status_pages() == settings.status_pages()


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("[status Shop]", "invalid_name", "[status Shop]"),
        ("[status my shop]", "invalid_name", "[status my shop]"),
        ("[status shop]\npublic=perhaps", "invalid_value", "[status shop] public"),
        ("[status shop]\ngroups=Sales", "invalid_value", "[status shop] groups"),
        ("[status shop]\ngroups=: o*", "invalid_value", "[status shop] groups"),
        ("[status shop]\ngroups=Sales:", "invalid_value", "[status shop] groups"),
        ("[status shop]\ngroups=A: o*\n  A: p*", "invalid_value", "[status shop] groups"),
        ("[status shop]\ntask=x", "unknown_key", "[status shop]"),
        ("[status shop]\n[status  shop]", "duplicate", "[status shop]"),
    ],
)
def test_invalid_pages(codes_of: CodesOf, text: str, code: str, where: str) -> None:
    """An invalid key or name is reported with its place."""
    assert codes_of(f"{text}\n") == ((code, where),)


@pytest.mark.parametrize(
    ("section", "warned"),
    [
        ("", True),
        ("tasks=*example*", True),
        ("tasks=Orders", False),
        ("servers=web-1", False),
    ],
)
def test_tasks_without_a_name(load_text: LoadText, section: str, *, warned: bool) -> None:
    """A page shows names only, so a task without one is warned of where that is known at the start."""
    urls = TASKS.replace("prod=", "prod=https://b.example/2,")
    warnings = load_text(f"{urls}[status shop]\n{section}\n").warnings
    assert (("unnamed", "[status shop]") in codes(warnings)) is warned
