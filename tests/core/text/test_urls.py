"""URLs as they are shown and compared."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.text.urls import canonical, mask, mask_path, origin, secrets_in, secrets_of


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/path?a=1", "https://host/path?a=1"),
        ("https://user:pass@host:8443/", "https://***@host:8443/"),
        ("https://user@host/", "https://***@host/"),
        ("https://user:p@ss@host/", "https://***@host/"),
        ("https://user:pass%2Fword@host/", "https://***@host/"),
        ("https://p/https://user:pass%2fword@host/", "https://p/https://***@host/"),
        ("https://host/path/@user", "https://host/path/@user"),
        ("https://host//@scope/name", "https://host//@scope/name"),
        ("https://proxy/https://user:pass@host/", "https://proxy/https://***@host/"),
        ("https://a:b@proxy/https://user:pass@host/", "https://***@proxy/https://***@host/"),
        ("https://host/?token=abc&a=1", "https://host/?token=***&a=1"),
        ("https://host/?a=1&ACCESS_TOKEN=abc", "https://host/?a=1&ACCESS_TOKEN=***"),
        ("https://host/?a=1;sig=x;y&b=2", "https://host/?a=1;sig=***&b=2"),
        ("https://host/?my_token=abc", "https://host/?my_token=abc"),
        ("https://host/?secret=", "https://host/?secret=***"),
        ("https://host/#password=abc", "https://host/#password=***"),
        ("https://host/?passwd=a#frag", "https://host/?passwd=***#frag"),
        ("postgresql+psycopg://u:p@host/db?password=x", "postgresql+psycopg://***@host/db?password=***"),
        ("sqlite:////srv/a@b/pinger.db", "sqlite:////srv/a@b/pinger.db"),
        ("https://host/?t%6fken=abc&a=1", "https://host/?t%6fken=***&a=1"),
        ("https://host/?t%256Fken=abc", "https://host/?t%256Fken=***"),
        ("https://host/?a=1%26token%3Dabc%26b=2", "https://host/?a=1%26token%3D***%26b=2"),
        ("https://p/?u=https%3A%2F%2Fme%3Apw%40host%2Fx", "https://p/?u=https%3A%2F%2F***%40host%2Fx"),
        ("https://p/https%3a%2f%2fme:pw@host%2fx", "https://p/https%3a%2f%2f***@host%2fx"),
        (
            "https://p/?u=https%253A%252F%252Fme%253Apw%2540host",
            "https://p/?u=https%253A%252F%252F***%2540host",
        ),
        (
            "https://p/?u=https%3A%2F%2Fhost%2F%3Fsig%3Dabc%26b%3D1&c=2",
            "https://p/?u=https%3A%2F%2Fhost%2F%3Fsig%3D***%26b%3D1&c=2",
        ),
        ("https://host/?token=https://u:p@x&a=1", "https://host/?token=***&a=1"),
        ("https://host/mail%40example.com", "https://host/mail%40example.com"),
        ("", ""),
    ],
)
def test_mask(url: str, shown: str) -> None:
    """Credentials and the values of secret parameters are hidden, and nothing else is."""
    assert mask(url) == shown


@pytest.mark.parametrize(
    "name",
    [
        "token", "access_token", "auth_token", "api_key", "apikey", "password",
        "passwd", "pwd", "secret", "client_secret", "signature", "sig",
    ],
)  # fmt: skip
def test_mask_knows_each_secret_parameter(name: str) -> None:
    """Each parameter that carries secrets is known wherever it stands."""
    assert mask(f"https://h/?{name}=1&x=2&{name}=3") == f"https://h/?{name}=***&x=2&{name}=***"


@given(st.text(alphabet="ab:/@?&=#;%"))
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is masked stays as it is."""
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Host/path", "https://host:443"),
        ("http://host", "http://host:80"),
        ("HTTPS://user:pass@host:8443/", "https://host:8443"),
        ("http://[::1]/", "http://[::1]:80"),
    ],
)
def test_origin(url: str, expected: str) -> None:
    """An origin is scheme, host and port, the port always being there."""
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hc-ping.com/5e7a9c0d", "https://hc-ping.com/***"),
        ("http://me:pw@127.0.0.1:8000/a/b?c=d#e", "http://127.0.0.1:8000/***"),
        ("https://[::1]:8000", "https://[::1]:8000/***"),
    ],
)
def test_mask_path(url: str, shown: str) -> None:
    """Of a URL whose path is a secret nothing but the place is shown."""
    assert mask_path(url) == shown


@given(st.lists(st.sampled_from([*"a1.-_:/?#@[]", ":80", ":0", ":65536", "é"]), max_size=8).map("".join))
def test_the_origin_is_the_same_for_a_scheme_in_capitals(rest: str) -> None:
    """What the pattern of plain URLs finds is what urlsplit finds, which reads schemes in capitals."""
    try:
        expected = origin(f"HTTP://{rest}")
    except ValueError:
        with pytest.raises(ValueError, match=r".+"):
            origin(f"http://{rest}")
    else:
        assert origin(f"http://{rest}") == expected


def test_origin_of_what_is_none() -> None:
    """A port that cannot be is a ValueError."""
    with pytest.raises(ValueError, match="Port"):
        origin("http://host:99999/")


@pytest.mark.parametrize(
    "request_form",
    [
        "https://user:p%26w@Host.example/a%20b//c?x=1&token=s%26t",
        "https:/host.example/a b/c?x=1&token=***",
        "https:///host.example/a%20b/c?x=1&token=***",
        "HTTPS://***@HOST.example/a%20b/c?x=1&token=***",
        "https%3A%2F%2Fhost.example%2Fa%20b%2F%2Fc%3Fx%3D1%26token%3D%2A%2A%2A",
        "https%3A%2F%2Fuser%3Ap%2526w%40host.example%2Fa%20b%2Fc%3Fx%3D1%26token%3Ds",
    ],
)
def test_canonical(request_form: str) -> None:
    """However a watched URL is requested, it comes out the same."""
    assert canonical(request_form) == "https://host.example/a b/c?x=1&token=***"


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://host.example:443/a", "https://host.example/a"),
        ("https://host.example:80/a", "https://host.example:80/a"),
        (
            "http://xn--mnchen-3ya.example:8080",
            "http://m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen.example:8080/",
        ),
        (
            "http://host.xn--mnchen-3ya:8080/",
            "http://host.m\N{LATIN SMALL LETTER U WITH DIAERESIS}nchen:8080/",
        ),
        ("http://xn--\N{SNOWMAN}.example/", "http://xn--\N{SNOWMAN}.example/"),
        (f"http://{'a' * 300}.xn--mnchen-3ya/", f"http://{'a' * 300}.xn--mnchen-3ya/"),
    ],
)
def test_canonical_hosts(url: str, form: str) -> None:
    """The default port is left out, and each `xn--` label that can be decoded is in Unicode."""
    assert canonical(url) == form


def test_canonical_keeps_the_case_of_the_path() -> None:
    """Only scheme and host are the same in any case."""
    assert canonical("HTTP://HOST/Path?Query=A") == "http://host/Path?Query=A"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://host/path?a=1", set()),
        ("https://user:p%40ss@host/", {"p%40ss", "p@ss"}),
        ("https://key@host/", {"key"}),
        ("https://host/?token=&sig=a%20b&x=1", {"a%20b", "a b"}),
    ],
)
def test_secrets_in(url: str, secrets: set[str]) -> None:
    """The secrets of a URL are known as written and decoded; a user name is one only without a password."""
    assert secrets_in(url) == secrets


def test_secrets_of_headers() -> None:
    """A header's value is secret whole, without its scheme, and cookie by cookie."""
    headers = [("Authorization", "Bearer abc"), ("cookie", "a=one; b=two=2"), ("X-Key", "k;l=m")]
    assert secrets_of(headers) == {
        *("Bearer abc", "abc"),
        *("a=one; b=two=2", "b=two=2", "one", "two=2"),
        "k;l=m",
    }


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("https://host/?t%6fken=s3cr%65t", "s3cret"),
        ("https://p/?u=https%3A%2F%2Fme%3As3cret%40host%2Fx", "s3cret"),
        ("https://p/?u=https%3A%2F%2Fhost%2F%3Fsig%3Ds3cret", "s3cret"),
    ],
)
def test_encoded_secrets_are_known(url: str, secret: str) -> None:
    """What is masked although it is encoded is also known, for masking it elsewhere."""
    assert secret in secrets_in(url)
    assert secret not in mask(url)
    assert canonical(url) == canonical(mask(url))


@pytest.mark.parametrize("piece", ["&token=", "://", "%3A%2F%2F", "%25", "%26token%3D", ";a", ":@"])
def test_masking_takes_linear_time(piece: str) -> None:
    """Hostile URLs cost no more than their length."""
    began = process_time()
    mask(piece * (30_000 // len(piece)))
    assert process_time() - began < 0.5
