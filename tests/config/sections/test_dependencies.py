"""What tasks depend on, as it is written."""

from __future__ import annotations

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import masked_ini

A, B, C = (f"https://{name}.example/job" for name in "abc")
LISTS = f"[urls]\nprod={A}, {B}, {C}\ndev=https://dev.example/job\n"


def parents(load_text: LoadText, text: str) -> dict[str, tuple[str, ...]]:
    """Return the parents of those tasks that have some, by the first letter of their hosts."""
    tasks = load_text(LISTS + text).tasks
    return {task.url[8]: tuple(url[8] for url in task.parents) for task in tasks if task.parents}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (A, "a"),
        (f"{A}, {B}", "ab"),
        (f"{B}\n {A}", "ba"),
        ("HTTPS://A.example/*", "a"),
        ("*", "ab"),
        ("https://?.example/job", "ab"),
        ("Database", "a"),
        ("data*", "a"),
        (f"Database, {A}", "a"),
        ("https://dev.example/job", ""),
    ],
)
def test_parents(load_text: LoadText, written: str, expected: str) -> None:
    """A name, a URL or a pattern means tasks; what stands in the other list is not watched."""
    text = f"[task {A}]\nname=Database\n[task {C}]\ndepends_on={written}\n"
    assert parents(load_text, text) == ({"c": tuple(expected)} if expected else {})


def test_a_task_with_a_url_key(load_text: LoadText) -> None:
    """A task is also matched by the name in its heading."""
    text = f"[task Queue]\nurl=https://q.example/\n[task {C}]\ndepends_on=queue\n"
    assert parents(load_text, text) == {"c": ("q",)}


def test_secrets_in_urls(load_text: LoadText) -> None:
    """A URL with a secret means its task, and the secret is shown nowhere."""
    settings = load_text(
        f"[urls]\nprod=https://u:planted@p.example/,{C}\n[task {C}]\ndepends_on=https://u:planted@p.example/\n"
    )
    assert settings.tasks[1].parents == ("https://***@p.example/",)
    assert "planted" not in masked_ini(settings) + repr(settings.tasks)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f"[task {C}]\ndepends_on=https://a.exmple/job\n",
            ("no_match", f"[task {C}] depends_on"),
        ),
        (
            f"[task {C}]\ndepends_on={C}\n",
            ("cycle", f"[task {C}] depends_on"),
        ),
        (
            f"[task {A}]\ndepends_on={C}\n[task {B}]\ndepends_on={A}\n[task {C}]\ndepends_on=*b.*\n",
            ("cycle", f"[task {A}] depends_on"),
        ),
        (
            f"[task {C}]\ndepends_on=a\x07b\n",
            ("invalid_value", f"[task {C}] depends_on"),
        ),
    ],
)
def test_what_is_wrong(codes_of: CodesOf, text: str, problem: tuple[str, str]) -> None:
    """Tasks that there are not, and circles, are refused in one sentence."""
    assert codes_of(LISTS + text) == (problem,)


def test_written_again(load_text: LoadText) -> None:
    """The effective settings name the parents, and load again as they were, even with a comma in a URL."""
    settings = load_text(f"[urls]\nprod=https://p.example/?a=1,2\n {C}\n[task {C}]\ndepends_on=*p.example*\n")
    assert settings.tasks[1].parents == ("https://p.example/?a=1,2",)
    assert load_text(masked_ini(settings)).tasks == settings.tasks
