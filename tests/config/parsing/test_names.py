"""Names that nobody knows: how much of them is quoted."""

from __future__ import annotations

import pytest

from py_pinger.channels import KINDS
from py_pinger.config.parsing.names import KnownNames

VOCABULARY = KnownNames(KINDS)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("main", "", "main"),
        ("intervall", "", "intervall"),
        ("colour", "red", "colour"),
        ("colour", "", "col…"),
        ("hunter", "=", "hun…"),
        ("token: xoxb-planted", "=", "token…"),
        ("token: xoxb-planted", "x", "token…"),
        ("slack xoxb-planted", "", "slack…"),
        ("xoxb-planted", "x", "xox…"),
        ("https://planted@host/?a", "b", "htt…"),
        ("1", "x", "…"),
    ],
)
def test_how_much_of_a_name_is_quoted(name: str, value: str, expected: str) -> None:
    """A name is quoted whole if it surely is one, and else by as much as gives no secret away."""
    assert VOCABULARY.safe_quote(name, value) == expected


def test_how_a_name_is_recognised() -> None:
    """A hint for a name follows from its first word."""
    assert (VOCABULARY.first_word("token: xoxb-planted"), VOCABULARY.first_word("planted")) == (
        "token",
        "pla",
    )
