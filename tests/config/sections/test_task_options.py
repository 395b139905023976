"""Sections that say the same: what they share, and what is reported of each."""

from __future__ import annotations

import pytest
from tests.support.ini_texts import CodesOf, LoadText

from py_pinger.config.schema.settings import TaskSettings
from py_pinger.config.sections.task_options import OWN_READERS

LISTS = "[urls]\nprod=https://listed.example/,https://u:p@secret.example/\n"
PAGES = "[page items]\nkind=json\nitems=@\nname=name\nstatus=status\nlastrun=at\n"
FIRST = "[task first]\nurl=https://first.example/\n"
SECRET = "6b0d5b0e-5c0f-4e5b-9d0a-0d1f6a3e7c11"
OTHER = "0f6b9c1e-1c5b-4d2f-8a55-8b6f6f0e9d22"


def test_tasks_of_sections_that_say_the_same(load_text: LoadText) -> None:
    """Each task has the values that it has without the sections before it."""
    options = "interval=90\nfrequency=2h\nheaders=X-A: b\ntoken_auth=none\nproxy=http://proxy.example:1\n"
    sections = [
        f"[task one]\nurl=https://one.example/\nname=1\n{options}",
        f"[task two]\nurl=https://two.example/?token=s\nname=2\n{options}",
        f"[task three]\nurl=https://three.example/${{ID}}\nname=Three ${{ID}}\n{options}",
        f"[task four]\nurl=https://four.example/\n{options}",
        f"[task five]\nurl=https://five.example/\n{options}",
        "[task six]\npush=six\nfrequency=2h\ntoken=" + SECRET + "\n",
        "[task seven]\npush=seven\nfrequency=2h\ntoken=" + OTHER + "\n",
        "[task eight]\nurl=https://eight.example/\nurls=dev\n",
        "[task nine]\nurl=https://nine.example/\n",
        "[task https://listed.example/]\ninterval=5\n",
    ]
    together = load_text("".join([LISTS, *sections]), ID="7").tasks
    alone = {
        task.url: task for each in sections for task in load_text(LISTS + each, ID="7").tasks if task.name
    }
    names = ["1", "2", "Three 7", "four", "five", "six", "seven", "nine"]
    assert [task.name for task in together] == [None, None, *names]
    assert [task for task in together if task.name] == [*alone.values()]
    assert [task.interval.seconds for task in together if not task.name] == [5, 60]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (FIRST, "[task b]\nurl=ftp://b.example/\n"),
        (FIRST, "[task b]\nurl=https://b.example:0/\n"),
        (FIRST, "[task b]\nurl=${UNSET}\n"),
        (FIRST, "[task b]\nurl=${EMPTY}\n"),
        (FIRST, "[task b]\nurl=https://b.example/\nunknown=\n"),
        (FIRST, "[task b]\nurl=https://listed.example/\n"),
        (FIRST, "[task https://b.example/]\nurl=https://b.example/\n"),
        (FIRST, "[task ${UNSET}]\nurl=https://b.example/\n"),
        (FIRST + "name=a\n", "[task b]\nurl=https://b.example/\nname=a\n  b\n"),
        (
            FIRST + "headers=Authorization: x\n",
            "[task https://u:p@secret.example/]\nheaders=Authorization: x\n",
        ),
        (
            FIRST + "headers=Authorization: x\n",
            "[task b]\nurl=https://u:p@b.example/\nheaders=Authorization: x\n",
        ),
        (
            FIRST.replace("/\n", "/#a\n") + "page=items\nfrequency=5\n",
            "[task b]\nurl=https://b/\npage=items\nfrequency=5\n",
        ),
        (
            "[task a]\npush=a\nfrequency=5\ntoken=" + SECRET + "\n",
            "[task b]\npush=b c\nfrequency=5\ntoken=" + OTHER + "\n",
        ),
        ("[task a]\npush=a\nfrequency=5\ntoken=" + SECRET + "\n", "[task b]\npush=b\nfrequency=5\ntoken=x\n"),
        ("[task a]\npush=a\nfrequency=5\ntoken=" + SECRET + "\n", "[task b]\npush=b\nfrequency=5\n"),
        (
            "[task a]\npush=a\nfrequency=5\ntoken=" + SECRET + "\n",
            "[task b]\nfrequency=5\ntoken=" + OTHER + "\n",
        ),
        (FIRST + "urls=dev\n", "[task https://listed.example/]\nurls=dev\n"),
    ],
)
def test_problems_of_sections_that_say_the_same(codes_of: CodesOf, first: str, second: str) -> None:
    """What is wrong with a section is reported, whatever the section before it says."""
    variables = {"EMPTY": ""}
    alone = codes_of(LISTS + PAGES + second, **variables)
    assert codes_of(LISTS + PAGES + first + second, **variables) == alone != ()


def test_a_section_that_repeats_a_problem(codes_of: CodesOf) -> None:
    """A problem of options that several sections have is reported of each."""
    found = codes_of("".join(f"[task {name}]\nurl=https://{name}.example/\ntimeout=x\n" for name in "abc"))
    assert found == tuple(("invalid_value", f"[task {name}] timeout") for name in "abc")


def test_a_section_that_repeats_a_warning(load_text: LoadText) -> None:
    """A warning about options that several sections have is given for each."""
    text = "".join(f"[task {name}]\nurl=https://{name}.example/\nverify=false\n" for name in "abc")
    places = [warning.where for warning in load_text(text).warnings if warning.code == "unverified"]
    assert places == ["[task a]", "[task b]", "[task c]"]


@pytest.mark.parametrize(
    ("key", "text"),
    [("url", "https://a.example/"), ("name", "a b"), ("push", "a-b"), ("token", SECRET.upper())],
)
def test_own_keys_are_read_as_the_section_reads_them(key: str, text: str) -> None:
    """The keys that distinguish tasks have the values that a whole section gives them."""
    value = getattr(TaskSettings.model_validate({key: text}), key)
    assert OWN_READERS[key](text) == (value.get_secret_value() if key == "token" else value)
