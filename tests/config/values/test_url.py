"""What is a URL that can be asked, and what is none."""

from __future__ import annotations

import pytest

from py_pinger.config.values.url import fault, is_host


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
        "https://***@host/?token=***",
    ],
)
def test_a_url_that_can_be_asked(url: str) -> None:
    """Whole http and https URLs are taken."""
    assert fault(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "does not begin with http:// or https://"),
        ("my-backend.com/task", "does not begin with http:// or https://"),
        ("ftp://host/", "does not begin with http:// or https://"),
        ("http:/host/", "names no host"),
        ("https://", "names no host"),
        ("https://user@/", "names no host"),
        ("https://ho st/", "has a blank inside"),
        ("https://host/\N{NO-BREAK SPACE}", "has a blank inside"),
        ("https://host/\n", "has a blank inside"),
        ("https://host\\@other/", "has a backslash or an unprintable character inside"),
        ("https://host/\x00", "has a backslash or an unprintable character inside"),
        ("https://host/\N{ZERO WIDTH SPACE}", "has a backslash or an unprintable character inside"),
        ("https://host:0/", "has port 0, which nobody can listen on"),
        ("https://host:65536/", "has a host or port that cannot be read"),
        ("https://host:http/", "has a host or port that cannot be read"),
        ("https://[::1/", "has a host or port that cannot be read"),
        ("https://a..b/", "has a host that is no host name and no IP address"),
        ("https://ho%41st/", "has a host that is no host name and no IP address"),
        ("https://[fe80::1%25eth0]/", "has a host that is no host name and no IP address"),
        ("https://999.1.1.1/", "has a host that is no host name and no IP address"),
        ("https://host.0x1f/", "has a host that is no host name and no IP address"),
        (f"https://{'a' * 254}/", "has a host that is no host name and no IP address"),
        (f"https://host/{'a' * 2000}", "is longer than 2000 characters"),
    ],
)
def test_what_cannot_be_asked(url: str, why: str) -> None:
    """Anything else is refused with what is wrong about it."""
    assert fault(url) == why


@pytest.mark.parametrize(
    ("text", "expected"),
    [("localhost", True), ("0.0.0.0", True), ("::", True), ("1:2", False), ("a b", False), ("", False)],  # noqa: S104 - not bound
)
def test_is_host(text: str, *, expected: bool) -> None:
    """A host is a name or an address."""
    assert is_host(text) is expected
