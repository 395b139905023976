"""Logs as readable text."""

from __future__ import annotations

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.model.push import LOG_KEPT
from py_pinger.core.push.log_text import last_lines, read_log, tail_of


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b"one\ntwo\n", "one\ntwo"),
        (b"one\r\ntwo\r\n", "one\ntwo"),
        (b"\x1b[31mred\x1b[0m and \x1b]0;title\x07plain", "red and plain"),
        (b" 10 %\r 50 %\r100 %\ndone", "100 %\ndone"),
        (b"one\r\r\ntwo\r\r\n", "one\ntwo"),
        (b"over\rwritten\r", "written"),
        (b"\r", ""),
        (b"\tindented\x00\x08", "        indented"),
        ("größer \u202etxt".encode(), "größer txt"),
        ("größer".encode()[3:], "ßer"),
        (b"caf\xe9", "caf\ufffd"),
    ],
)
def test_a_log_is_read_as_text(body: bytes, text: str) -> None:
    """Colours, controls and overwritten lines are removed; what is not UTF-8 is marked."""
    assert read_log(body) == text


def test_the_end_of_a_log_is_kept() -> None:
    """Errors stand at the end."""
    text = read_log(b"x" * 100_000 + b"\nerror")
    assert text.endswith("x\nerror")
    assert len(text) == LOG_KEPT


@pytest.mark.parametrize("part", [b"a", b"a ", b"\r", b"a\r", b"\x1b[", b"\x1b]", b"\x1b[0", b"\x80", b"\t"])
def test_reading_a_log_takes_no_time(part: bytes) -> None:
    """The server's loop does it: all connections wait meanwhile."""
    body = part * (LOG_KEPT // len(part)) + b"a"
    began = thread_time()
    tail_of(read_log(body))
    assert thread_time() - began < 0.1  # seconds


@pytest.mark.parametrize(
    ("log", "length", "lines"),
    [
        ("", 20, ""),
        ("one", 20, "one"),
        ("one\n\n two \nthree", 20, "one / two / three"),
        ("one\ntwo\nthree", 12, "two / three"),
        ("one\nsomething longer", 6, "…onger"),
    ],
)
def test_the_last_lines_fit(log: str, length: int, lines: str) -> None:
    """As many whole lines as fit; of one that is too long its end."""
    assert last_lines(log, length) == lines


def test_a_message_has_so_many_lines() -> None:
    """The last ones, in their order."""
    assert tail_of("one\ntwo\n\nthree", lines=2) == ("two", "three")
    assert tail_of("", lines=2) == ()


@given(st.binary(max_size=300), st.integers(5, 50))
def test_any_bytes_become_text_that_fits(body: bytes, length: int) -> None:
    """No input fails, and nothing is longer than it may be."""
    text = read_log(body)
    assert text.isprintable() or "\n" in text or not text.replace(" ", "").isprintable()
    assert len(last_lines(text, length)) <= length
