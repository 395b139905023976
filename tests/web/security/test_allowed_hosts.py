"""What the machine is called, whatever its resolver does."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

import pytest
from werkzeug.exceptions import HTTPException

from py_pinger.web import Access
from py_pinger.web.security import allowed_hosts
from py_pinger.web.security.allowed_hosts import (
    MOST_HOSTS,
    NO_HOST,
    RETRY_AFTER,
    UNKNOWN_HOST,
    AllowedHosts,
    LocalHostname,
)

OWN = "web-1"
FULL = "web-1.example"


@dataclass
class Resolver:
    """Gives its answers one after the other, an error among them; hangs until it `may_answer`."""

    answers: list[str | Exception]
    asked: int = 0
    may_answer: Event = field(default_factory=Event)

    def full_name(self) -> str:
        """Return the next answer, the last for ever."""
        self.may_answer.wait(10)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    """Put a resolver of ours in the place of the machine's; it answers at once."""
    ours = Resolver([FULL])
    ours.may_answer.set()
    monkeypatch.setattr(socket, "gethostname", lambda: OWN)
    monkeypatch.setattr(socket, "getfqdn", ours.full_name)
    yield ours
    ours.may_answer.set()


def test_both_names(resolver: Resolver) -> None:
    """Of a resolver that answers, the first question already learns both names, and it is asked once."""
    ours = LocalHostname(lambda: 0.0)
    assert [ours.names() for _ in range(3)] == [{OWN, FULL}] * 3
    assert resolver.asked == 1


@pytest.mark.parametrize("first", [OWN, "", OSError(), UnicodeError()], ids=repr)
def test_resolved_again(resolver: Resolver, first: str | Exception) -> None:
    """Where the resolver returns nothing it is called again, but not at once."""
    resolver.answers = [first, FULL]
    now = 0.0
    ours = LocalHostname(lambda: now)
    assert [ours.names() for _ in range(3)] == [{OWN}] * 3
    assert resolver.asked == 1
    now = RETRY_AFTER
    assert ours.names() == {OWN, FULL}


def test_a_resolver_that_hangs(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the resolver hangs, everybody is answered with the host name, and nobody else asks it."""
    monkeypatch.setattr(allowed_hosts, "PATIENCE", 0.01)
    resolver.may_answer.clear()
    now = 0.0
    ours = LocalHostname(lambda: now)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ours.names(), range(8))) == [{OWN}] * 8
    now = 2 * RETRY_AFTER
    assert ours.names() == {OWN}
    resolver.may_answer.set()
    while FULL not in ours.names():
        pass
    assert resolver.asked == 1


BY_ITSELF = Access(host="pinger.example")
LISTED = Access(host="pinger.example", names=frozenset({"monitoring.example", "2001:db8::1"}))


def refusal(host: str | None, port: str, access: Access) -> tuple[int | None, str] | None:
    """Return the code and the sentence with which a name is refused, None if it is answered."""
    try:
        AllowedHosts(access, monotonic).check(host, port)
    except HTTPException as refused:
        return refused.code, str(refused.description)
    return None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:3002",
        "192.0.2.7",
        "[::1]:3002",
        "[2001:db8::2]",
        "localhost",
        "localhost:3002",
        "LOCALHOST.:3002",
        "app.localhost:3002",
        "pinger.example:3002",
        f"{socket.gethostname()}:3002",
        f"{socket.getfqdn()}:3002",
    ],
)
@pytest.mark.parametrize("access", [BY_ITSELF, LISTED], ids=["no list", "a list"])
@pytest.mark.parametrize("port", ["3002", "80"])
def test_this_machine_is_always_answered(host: str, access: Access, port: str) -> None:
    """Addresses, localhost, the configured host and the machine's own names need no entry anywhere."""
    assert refusal(host, port, access) is None


@pytest.mark.parametrize(
    ("host", "port", "answered"),
    [
        pytest.param("monitoring.example-domain.com", "3002", True, id="a proxy that names no port"),
        pytest.param("monitoring.example-domain.com:", "3002", True, id="an empty port"),
        pytest.param("monitoring.example-domain.com:8443", "3002", True, id="a proxy on another port"),
        pytest.param("evil.example:3002", "3002", False, id="a browser that was led astray"),
        pytest.param("127.0.0.1.evil.example:3002", "3002", False, id="a name that looks like an address"),
        pytest.param("localhost.evil.example:3002", "3002", False, id="a name that looks like localhost"),
        pytest.param("evillocalhost:3002", "3002", False, id="a name that ends like it"),
        pytest.param("evil.example", "80", False, id="ours is the usual port"),
        pytest.param("evil.example:80", "80", False, id="the same, named"),
        pytest.param("evil.example:8080", "80", False, id="ours is the usual port, another is named"),
        pytest.param("evil.example", "443", False, id="the usual one of TLS"),
    ],
)
def test_a_foreign_name_without_a_list(host: str, port: str, *, answered: bool) -> None:
    """A foreign name is answered only where no browser could have sent it to us without a proxy."""
    assert refusal(host, port, BY_ITSELF) == (None if answered else (421, UNKNOWN_HOST))


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("monitoring.example", True),
        ("Monitoring.Example.:3002", True),
        ("monitoring.example:443", True),
        ("[2001:db8::1]", True),
        ("other.example", False),
        ("other.example:8443", False),
        ("sub.monitoring.example", False),
    ],
)
def test_a_foreign_name_with_a_list(host: str, *, answered: bool) -> None:
    """With a list its names are answered at any port, and no other foreign name is."""
    assert refusal(host, "3002", LISTED) == (None if answered else (421, UNKNOWN_HOST))


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        " ",
        ":3002",
        "a b",
        "a, b",
        "localhost, evil.example",
        "me@localhost",
        "me:pass@localhost:3002",
        "localhost:3002:3002",
        "localhost:x",
        "localhost:123456",
        "localhost/",
        "..",
        ".localhost",
        "a..b",
        "a" * 64 + ".example",
        "localhost\\",
        "localhost\n",
        "http://localhost",
        "l\xf6calhost",
        "<script>",
        "[]",
        "[::g]",
        "[127.0.0.1]x",
        "[:::]",
    ],
)
@pytest.mark.parametrize("access", [BY_ITSELF, LISTED], ids=["no list", "a list"])
def test_a_host_that_is_none(host: str | None, access: Access) -> None:
    """A Host header that is missing, doubled or malformed is 400."""
    assert refusal(host, "3002", access) == (400, NO_HOST)


@pytest.mark.parametrize(
    ("host", "before", "after"),
    [
        ("localhost:3002", True, True),
        ("192.0.2.7:3002", True, True),
        ("monitoring.example-domain.com", True, True),
        (f"{socket.gethostname()}:3002", False, True),
        ("evil.example:3002", False, False),
        ("a b", False, False),
        (None, False, False),
    ],
)
def test_what_is_known_without_a_look_up(host: str | None, *, before: bool, after: bool) -> None:
    """This machine's names have to be looked up, once; what is not allowed is never known."""
    hosts = AllowedHosts(BY_ITSELF, lambda: 0.0)
    assert hosts.knows(host, "3002") is before
    with suppress(HTTPException):
        hosts.check(host, "3002")
    assert hosts.knows(host, "3002") is after


def test_the_memory_of_hosts_is_bounded() -> None:
    """Whoever sends names does not fill the memory with them, and further ones are served as well."""
    hosts = AllowedHosts(BY_ITSELF, lambda: 0.0)
    for number in range(MOST_HOSTS + 10):
        assert hosts.knows(f"app{number}.localhost", "3002")
    assert len(hosts._recent) == MOST_HOSTS  # noqa: SLF001 - what it keeps
