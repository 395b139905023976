"""Patterns: what they mean, and what they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.text.wildcard import any_matches, matcher, matches

URL = "https://a.example/job?day=1"


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        (URL, True),
        ("https://a.example/*", True),
        ("*a.example*", True),
        ("HTTPS://A.EXAMPLE/JOB?day=1", True),
        ("https://a.example/job?day=?", True),
        ("*", True),
        ("nightly ?mport", True),
        ("nightly", False),
        ("https://a.example/job.day=1", False),
        ("https://[a]*", False),
        ("*a*job*day*1", True),
        ("https://***b?day=**1", True),
        ("*?day*", True),
        ("*day*day*", False),
        ("https://a.example/job?day=1*1", False),
        ("", False),
    ],
)
def test_pattern(pattern: str, meant: bool) -> None:  # noqa: FBT001 - a column of the table
    """A star is any text, a question mark one character, all else itself; the whole text counts."""
    assert matches(pattern, (URL, None, "Nightly import")) is meant


def test_one_of_several() -> None:
    """Of several patterns one is enough, and none mean nothing."""
    assert any_matches(("x", "nightly*"), (URL, "Nightly import"))
    assert not any_matches(("x", "y"), (URL, "Nightly import"))
    assert not any_matches((), (URL,))


@pytest.mark.parametrize(
    ("patterns", "text", "expected"),
    [
        ((URL,), "https://a.example/jobxday=1", True),
        (("https://a.example/JOB",), "https://A.example/job", True),
        (("*/job", "x"), "https://a.example/job", True),
        (("*/job", "x"), "https://a.example/job/2", False),
        (("x",), "X", True),
        (("x",), "y", False),
        (("\u0131d",), "id", True),
        (("x",), "caf\xe9", False),
        (("CAF\xc9", "x"), "caf\xe9", True),
        ((), "caf\xe9", False),
        ((), "x", False),
        (("",), "", True),
        (("",), "x", False),
    ],
)
def test_many_patterns_at_once(patterns: tuple[str, ...], text: str, expected: bool) -> None:  # noqa: FBT001 - a column
    """A text is compared with all patterns at once, those without wildcards apart."""
    assert bool(matcher(patterns)(text)) is expected


LETTERS = st.text("aAiI\u0130\u0131s\u017f\xdfkK\u212a*?.\n", max_size=4)


@given(st.lists(LETTERS, max_size=3), LETTERS)
def test_many_patterns_match_as_each_does(patterns: list[str], text: str) -> None:
    """To compare a text with all patterns at once changes nothing."""
    assert bool(matcher(patterns)(text)) is any_matches(patterns, (text,))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("*a*a*a*a*a*b", "a" * 200), ("http://***@***@***@a.example/", "http://" + "@" * 1_990)],
    ids=["a long name", "a masked address"],
)
def test_no_text_takes_long(pattern: str, text: str) -> None:
    """What a page calls itself cannot hold up whoever compares it: to try all places would take hours."""
    assert not matches(pattern, (text,))
