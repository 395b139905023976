"""Tasks: what they take from [main], and what from sections of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config import ConfigError, task_at
from py_pinger.core.model.task import Task

URLS = "[urls]\nprod=https://a/?token=s,https://b/\ndev=http://c/\n"


def test_a_task_is_as_main_says(load_text: LoadText) -> None:
    """What is set in [main] holds for each task; its secrets are in its address alone."""
    settings = load_text(
        "[main]\ninterval=1\nerror_interval=2\ntimeout=3\nretries=4\ngrace=5\nremind=0\n"
        "[urls]\nprod=https://me:s@a/?token=s\n"
    )
    assert settings.tasks == (
        Task(
            url="https://***@a/?token=***",
            address="https://me:s@a/?token=s",
            interval=timedelta(seconds=1),
            error_interval=timedelta(seconds=2),
            timeout=timedelta(seconds=3),
            retries=4,
            grace=timedelta(minutes=5),
            remind=None,
        ),
    )


@pytest.mark.parametrize("url", ["https://a/?token=s", "https://a/?token=***", " https://a/?token=${TOKEN}"])
def test_a_task_section(load_text: LoadText, url: str) -> None:
    """A task's section overrides [main], key by key, however its secrets are written."""
    own = "name=Import\ninterval=1.5\nerror_interval=2\ntimeout=3\nretries=0\ngrace=5\nremind=0\n"
    first, second = load_text(f"{URLS}[task {url}]\n{own}", TOKEN="s").tasks
    assert first == Task(
        url="https://a/?token=***",
        address="https://a/?token=s",
        name="Import",
        interval=timedelta(seconds=1.5),
        error_interval=timedelta(seconds=2),
        timeout=timedelta(seconds=3),
        retries=0,
        grace=timedelta(minutes=5),
        remind=None,
    )
    assert second == Task(url="https://b/", address="https://b/")


def test_an_empty_value_is_as_in_main(load_text: LoadText) -> None:
    """A key of a task's section with nothing behind it is a key not given."""
    settings = load_text(f"[main]\nremind=7\n{URLS}[task https://b/]\nremind=\nname=\n")
    assert (settings.tasks[1].remind, settings.tasks[1].name) == (timedelta(minutes=7), None)


@pytest.mark.parametrize(
    ("debug", "urls"), [("false", ["https://a/?token=***", "https://b/"]), ("true", ["http://c/"])]
)
def test_which_list_is_watched(load_text: LoadText, debug: str, urls: list[str]) -> None:
    """With debug the dev list is watched; a section for a task of the other list does no harm."""
    text = f"[main]\ndebug={debug}\n{URLS}[task http://c/]\nname=C\n[task https://b/]\nname=B\n"
    assert [task.url for task in load_text(text).tasks] == urls


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            f"{URLS}[task https://bb/]\n",
            (("no_match", "[task https://bb/]"),),
        ),
        (
            f"{URLS}[task https://me:secret@aa/?token=secret]\n",
            ((("no_match", "[task https://***@aa/?token=***]")),),
        ),
        (
            "[task me:secret@b]\n",
            (("no_match", "[task ***…]"),),
        ),
        (
            f"{URLS}[task https://a/?token=s]\n[task https://a/?token=***]\n",
            ((("duplicate", "[task https://a/?token=***]")),),
        ),
        (
            f"{URLS}[task https://${{HOST}}/]\n",
            ((("unset_variable", "[task https://${HOST}/]")),),
        ),
        (
            f"{URLS}[task https://b/]\nretries=x\nport=1\nremind=-1\n",
            (
                (("unknown_key", "[task https://b/]")),
                (("invalid_value", "[task https://b/] retries")),
                (("invalid_value", "[task https://b/] remind")),
            ),
        ),
        (f"{URLS}[task]\n", (("unknown_section", "[task]"),)),
    ],
)
def test_sections_that_make_no_sense(
    codes_of: CodesOf, text: str, problems: tuple[tuple[str, str], ...]
) -> None:
    """A task's section that fits no task, or holds nonsense, is refused with the nearest that would fit."""
    assert codes_of(text) == problems


def test_a_task_at_an_address(load_text: LoadText) -> None:
    """A configured URL is found by its masked form; another is asked with the settings of [main]."""
    settings = load_text(f"[main]\nretries=0\n{URLS}[task https://a/?token=s]\nname=A\n")
    assert task_at("https://a/?token=***", settings) == settings.tasks[0]
    assert task_at("https://x/?sig=s", settings) == Task(
        url="https://x/?sig=***", address="https://x/?sig=s", retries=0
    )
    with pytest.raises(ConfigError, match="'nonsense' does not begin with http:// or https://"):
        task_at("nonsense", settings)
