"""The beginning of pages as people would read it."""

from __future__ import annotations

from time import process_time

import pytest

from py_pinger.core.text.page_excerpt import EXCERPT_LENGTH, excerpt, html_title, is_html

PAGE = (
    b"\xef\xbb\xbf<!-- x --><!DOCTYPE HTML><html><head><title>A &amp; B</title><style>p{}</style>"
    b"<script>if (a < b) {}</script></head><body><h1>Not\nfound</h1><p>Sorry &lt;3</p></body></html>"
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PAGE, True),
        (b"<?xml version='1.0'?>\n<html>", True),
        (b" <p>x", True),
        (b"<rss></rss>", False),
        (b'{"a": "<html>"}', False),
        (b"<headline>", False),
        (b"", False),
    ],
)
def test_html(body: bytes, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """A page is HTML by what it begins with."""
    assert is_html(body) is expected


@pytest.mark.parametrize(
    ("body", "text", "title"),
    [
        (PAGE, "Not found Sorry <3", "A & B"),
        (b"<title>Only a title</title>", "Only a title", "Only a title"),
        (b"<p>< >a<", "a", ""),
        (b"plain\n\ttext\x00", "plain text", ""),
        (b"\xff\xfe\x00", "", ""),
        (b"", "", ""),
        (b"x" * 1000, "x" * (EXCERPT_LENGTH - 1) + "…", ""),
    ],
)
def test_text(body: bytes, text: str, title: str) -> None:
    """Scripts, styles and tags are left out, and what is not text altogether."""
    assert (excerpt(body), html_title(body)) == (text, title)


@pytest.mark.parametrize("piece", [b"<", b"<script>", b"<title>", b"<!--", b"<p", b"<?xml >", b"&amp;"])
def test_a_hostile_page(piece: bytes) -> None:
    """A megabyte of anything is read in moments."""
    began = process_time()
    excerpt(b"<html>" + piece * (1_000_000 // len(piece)))
    excerpt(piece * (1_000_000 // len(piece)))
    assert process_time() - began < 0.5
