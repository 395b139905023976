"""What of the headers that proxies set is believed, and of whom."""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

import pytest

from py_pinger.web.security.proxy_headers import ProxyHeaders, client_behind

TRUSTED = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


def seen(peer: str, **headers: str) -> dict[str, Any]:
    """Return what the app gets to see of a request with these headers that comes from there."""
    environ = {f"HTTP_{name}": value for name, value in headers.items()}
    environ |= {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}
    found: dict[str, Any] = {}

    def app(given: dict[str, Any], _: object) -> Iterable[bytes]:
        found.update(given)
        return [b""]

    ProxyHeaders(app, TRUSTED)(environ, lambda *_: lambda _: None)
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "real", "address"),
    [
        pytest.param("127.0.0.1", None, None, "127.0.0.1", id="no proxy"),
        pytest.param("127.0.0.1", "192.0.2.7", None, "192.0.2.7", id="X-Forwarded-For alone"),
        pytest.param("127.0.0.1", None, "192.0.2.7", "192.0.2.7", id="X-Real-IP alone"),
        pytest.param("127.0.0.1", "192.0.2.7", "192.0.2.7", "192.0.2.7", id="both agree"),
        pytest.param("::ffff:127.0.0.1", None, "192.0.2.7", "192.0.2.7", id="IPv4 in IPv6 clothes"),
        pytest.param("127.0.0.1", "6.6.6.6, 192.0.2.7", "192.0.2.7", "192.0.2.7", id="made up before it"),
        pytest.param("127.0.0.1", "6.6.6.6", "192.0.2.7", "127.0.0.1", id="made up beside X-Real-IP"),
        pytest.param("127.0.0.1", "192.0.2.7", "6.6.6.6", "127.0.0.1", id="made up beside the other"),
        pytest.param("127.0.0.1", "192.0.2.7, 10.1.1.1", "10.1.1.1", "192.0.2.7", id="two proxies"),
        pytest.param("127.0.0.1", "10.2.2.2, 10.1.1.1", None, "10.2.2.2", id="nobody but proxies"),
        pytest.param("127.0.0.1", "nonsense, 10.1.1.1", None, "10.1.1.1", id="no address before a proxy"),
        pytest.param("127.0.0.1", "nonsense", None, "127.0.0.1", id="no address"),
        pytest.param("127.0.0.1", None, "nonsense", "127.0.0.1", id="no real address"),
        pytest.param("192.0.2.1", "192.0.2.7", "192.0.2.7", "192.0.2.1", id="not trusted"),
        pytest.param("", "192.0.2.7", None, "", id="no peer"),
    ],
)
def test_the_client(peer: str, forwarded: str | None, real: str | None, address: str) -> None:
    """The client is the nearest address that is no trusted proxy's; what may be made up does not count."""
    headers = {"X_FORWARDED_FOR": forwarded, "X_REAL_IP": real}
    told = {name: value for name, value in headers.items() if value is not None}
    assert seen(peer, **told)["REMOTE_ADDR"] == address
    assert client_behind(peer, forwarded or "", real or "", TRUSTED) == address


@pytest.mark.parametrize(
    ("told", "scheme"),
    [
        ("https", "https"),
        ("http", "http"),
        ("http, https", "https"),
        ("javascript", "http"),
        ("HTTPS://evil", "http"),
        ("", "http"),
    ],
)
def test_the_scheme(told: str, scheme: str) -> None:
    """Only http and https are schemes."""
    assert seen("127.0.0.1", X_FORWARDED_PROTO=told)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize(
    ("told", "root"),
    [
        ("/pinger", "/pinger"),
        ("/pinger/", "/pinger"),
        ("/a/b-c_d.e~f", "/a/b-c_d.e~f"),
        ("/first, /pinger", "/pinger"),
        ("/", ""),
        ("pinger", ""),
        ("//evil.example", ""),
        ("/\\evil.example", ""),
        ("https://evil.example", ""),
        ('/"><script>', ""),
        ("/a b", ""),
        ("/%0d%0a", ""),
        ("/pinger\r\nX: y", ""),
    ],
)
def test_the_sub_path(told: str, root: str) -> None:
    """A sub-path is plain segments; nothing that could lead to another host or end an attribute."""
    assert seen("127.0.0.1", X_FORWARDED_PREFIX=told)["SCRIPT_NAME"] == root


def test_strangers_are_not_believed() -> None:
    """From anybody but a trusted proxy no such header reaches the app, nor does it change anything."""
    headers = ("PROTO", "PREFIX", "FOR", "HOST", "PORT", "SERVER")
    found = seen("192.0.2.1", X_REAL_IP="1.1.1.1", **{f"X_FORWARDED_{name}": "https" for name in headers})
    assert found == {"REMOTE_ADDR": "192.0.2.1", "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}


def test_other_headers_pass() -> None:
    """What is none of a proxy's headers is left alone."""
    assert seen("192.0.2.1", HOST="a", X_FORWARD="b")["HTTP_X_FORWARD"] == "b"
