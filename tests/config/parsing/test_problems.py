"""Problems name what is wrong and give nothing away."""

from __future__ import annotations

import pytest

from py_pinger.config.parsing.problems import ConfigError, shown, suggestion


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("https://host/path", "https://host/path"),
        ("https://user:se/cret@host/pa th", "https://***@host/pa th"),
        ("user:secret@host", "***@host"),
        ("https://host/pa th?token=secret", "https://host/pa th?***"),
        ("https://user:sec#ret@host/", "https://***"),
        ("https://host/?token=sec@ret", "https://***"),
        ("https:user:secret@host", "***@host"),
        ("bell\a and\nbreak", "bell\N{REPLACEMENT CHARACTER} and\N{REPLACEMENT CHARACTER}break"),
        ("x" * 81, "x" * 80 + "…"),
        ("", ""),
    ],
)
def test_shown(text: str, expected: str) -> None:
    """A quoted value is short, printable and free of all that may be secret."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intervall", "did you mean interval?"),
        ("xyz", "known are interval, timeout."),
    ],
)
def test_suggestion(name: str, expected: str) -> None:
    """An unknown name is answered with the nearest known one, or with all of them."""
    assert suggestion(name, ["interval", "timeout"]) == expected


def test_an_error_reads_as_its_problems() -> None:
    """Printed, a ConfigError is its problems, one a line."""
    assert str(ConfigError(["One.", "Two."])) == "One.\nTwo."
