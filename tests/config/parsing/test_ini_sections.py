"""The grammar of the ini file: sections, keys, values of several lines, and lines outside of it."""

from __future__ import annotations

import gc

import pytest
from tests.support.ini_texts import codes

from py_pinger.channels import KINDS
from py_pinger.config import ConfigError
from py_pinger.config.parsing.ini_sections import parse
from py_pinger.config.parsing.names import KnownNames

VOCABULARY = KnownNames(KINDS)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("port=1\n", [("syntax", "f, line 1")]),
        (
            "[main]\n[main]\n",
            [("duplicate", "f, line 2")],
        ),
        ("[main]\nport=1\nport=2\n", [("duplicate", "f, line 3")]),
        (
            "[main]\nport 1\n[urls]\nsecret\n",
            [
                (("syntax", "f, line 2")),
                (("syntax", "f, line 4")),
            ],
        ),
        ("[main]\n=1\n", [("syntax", "f, line 2")]),
        ("[main]\nport 1\n[main]\n", [("duplicate", "f, line 3")]),
    ],
)
def test_invalid_lines(text: str, problems: list[tuple[str, str]]) -> None:
    """A line outside of the grammar is reported with its number, and not quoted."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "f", VOCABULARY)
    assert list(codes(caught.value.problems)) == problems


def test_a_section_said_twice_shows_no_secret() -> None:
    """A heading that holds credentials is named by its first word."""
    with pytest.raises(ConfigError) as caught:
        parse("[task https://u:secret@host/]\n" * 2, "f", VOCABULARY)
    assert codes(caught.value.problems) == (("duplicate", "f, line 2"),)


def test_signs_inside_values_are_just_characters() -> None:
    """Only a line's first sign makes it a comment, and nothing is interpolated."""
    text = "# one\n; two\n[DEFAULT]\na=%(b)s # no comment ; none = none\n[other]\n"
    assert parse(text, "f", VOCABULARY) == {"DEFAULT": {"a": "%(b)s # no comment ; none = none"}, "other": {}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a = 1\n", "1"),
        ("a = 1\n  2\n\t3\n", "1\n2\n3"),
        ("a =\n  1\n", "\n1"),
        ("a = 1\n\n  2\n\n", "1\n\n2"),
        ("a = 1\n# not a part\n  2\n", "1\n2"),
        ("  a = 1\n  b = 2\n", "1"),
    ],
)
def test_values_of_several_lines(text: str, value: str) -> None:
    """Lines that are indented more than the key continue its value, with the empty ones between them."""
    assert parse(f"[main]\n{text}", "f", VOCABULARY)["main"]["a"] == value


def test_sections_leave_no_garbage() -> None:
    """What was parsed is freed at once: a start searches for no garbage, and keeps what it has made."""
    text = "".join(f"[task {number}]\nurl = http://host/{number}\n" for number in range(100))
    gc.collect()
    assert len(parse(text, "pinger.ini", VOCABULARY)) == 100
    assert gc.collect() < 100
