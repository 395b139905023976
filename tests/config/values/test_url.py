"""What is a URL that can be asked, and what is none."""

from __future__ import annotations

import pytest

from py_pinger.config.values.url import is_host, url_problem


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
