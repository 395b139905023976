"""What is a URL that can be asked, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.config.values.url import is_host, is_url, url_problem

# What URLs are made of, and what they must not be.
PIECES = [*"aZ1.-_:/?#@[]\\ =%~é\t", "255", "256", "01", "0x1", ":80", ":0", ":65536", ":99999", "xn--a"]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3002/sample/healthy",
        "https://my-backend.com",
        "HTTPS://user:pa:ss@host.example.:8443/a,b?c=%20#d",
        "http://my_service/",
        "http://127.0.0.1:1/",
        "http://[::1]:65535/",
        "https://bücher.example/ä",
        "https://bu\N{COMBINING DIAERESIS}cher.example/",
        "https://उदाहरण.परीक्षा/",
        "https://ตัวอย่าง.ไทย/",
        "https://***@host/?token=***",
    ],
)
def test_valid_urls(url: str) -> None:
    """Whole http and https URLs are accepted."""
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin with http:// or https://"),
        ("my-backend.com/task", "does not begin with http:// or https://"),
        ("ftp://host/", "does not begin with http:// or https://"),
        ("http:/host/", "has no host name"),
        ("https://", "has no host name"),
        ("https://user@/", "has no host name"),
        ("https://ho st/", "contains whitespace"),
        ("https://host/\N{NO-BREAK SPACE}", "contains whitespace"),
        ("https://host/\n", "contains whitespace"),
        ("https://host\\@other/", "contains a backslash or an unprintable character"),
        ("https://host/\x00", "contains a backslash or an unprintable character"),
        ("https://host/\N{ZERO WIDTH SPACE}", "contains a backslash or an unprintable character"),
        ("https://host:0/", "has port 0, which cannot be connected to"),
        ("https://host:65536/", "has an invalid host or port"),
        ("https://host:http/", "has an invalid host or port"),
        ("https://[::1/", "has an invalid host or port"),
        ("https://a.\N{COMBINING DIAERESIS}.b/", "has an invalid host name or IP address"),
        ("https://a..b/", "has an invalid host name or IP address"),
        ("https://ho%41st/", "has an invalid host name or IP address"),
        ("https://[fe80::1%25eth0]/", "has an invalid host name or IP address"),
        ("https://999.1.1.1/", "has an invalid host name or IP address"),
        ("https://host.0x1f/", "has an invalid host name or IP address"),
        (f"https://{'a' * 254}/", "has an invalid host name or IP address"),
        (f"https://host/{'a' * 2000}", "is longer than 2000 characters"),
    ],
)
def test_what_cannot_be_asked(url: str, why: str) -> None:
    """Anything else is refused with what is wrong about it."""
    assert url_problem(url) == why


@pytest.mark.parametrize(
    ("text", "expected"),
    [("localhost", True), ("0.0.0.0", True), ("::", True), ("1:2", False), ("a b", False), ("", False)],  # noqa: S104 - not bound
)
def test_is_host(text: str, *, expected: bool) -> None:
    """A host is a name or an address."""
    assert is_host(text) is expected


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_the_problem_of_a_url_is_the_same_for_a_scheme_in_capitals(rest: str) -> None:
    """A URL that the pattern of plain ones accepts is one of which nothing is wrong."""
    # A scheme in capitals is not plain.
    assert url_problem(f"http://{rest}") == url_problem(f"HTTP://{rest}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://host/", True),
        ("HTTP://host", True),
        ("http://", False),
        ("http:host", False),
        ("host", False),
    ],
)
def test_is_url(text: str, *, expected: bool) -> None:
    """A text is a URL if nothing is wrong with it as one."""
    assert is_url(text) is expected
