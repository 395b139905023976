"""The sockets of the web server: which addresses, and what is said when they cannot be had."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from py_pinger.web import PortInUseError, WebError
from py_pinger.web.http import sockets


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Return where sockets are put that are to be closed after the test."""
    with ExitStack() as stack:
        yield stack


def names(opened: ExitStack, host: str, port: int = 0) -> list[tuple[str, int]]:
    """Return the addresses and ports that are listened on for a host."""
    listening = [opened.enter_context(each) for each in sockets.listen(host, port)]
    return [each.getsockname()[:2] for each in listening]


def has_ipv6() -> bool:
    """Tell whether this machine has the address ::1."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
def test_localhost_is_both_addresses_on_one_port(opened: ExitStack) -> None:
    """`localhost` is 127.0.0.1 and ::1, and both have the same port."""
    found = names(opened, "localhost")
    assert found == [("127.0.0.1", found[0][1]), ("::1", found[0][1])]
    assert found[0][1] > 0


def test_an_address_the_machine_lacks_is_left_out(opened: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one of the addresses of `localhost` does not exist, the other is listened on."""
    monkeypatch.setattr(sockets, "LOCALHOST", ("192.0.2.1", "127.0.0.1"))
    assert [host for host, _ in names(opened, "localhost")] == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", pytest.param("::", marks=needs_ipv6)])  # noqa: S104 - that is the test
def test_another_host_is_taken_at_its_word(opened: ExitStack, host: str) -> None:
    """An address given by number is the only one listened on."""
    assert [found for found, _ in names(opened, host)] == [host]


@needs_ipv6
def test_all_addresses_of_ipv6_take_ipv4_too(opened: ExitStack) -> None:
    """Who sets the host to `::` is reached over IPv4 as well, as on any Linux server."""
    ((_, port),) = names(opened, "::")
    opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))


@pytest.mark.parametrize("taken", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_a_taken_port_is_refused_in_one_sentence(opened: ExitStack, taken: str) -> None:
    """A port that is taken on any of the addresses is an error that names port, host and remedy."""
    ((_, port),) = names(opened, taken)
    with pytest.raises(PortInUseError) as refusal:
        sockets.listen("localhost", port)
    assert str(refusal.value) == (
        f"[main] port: port {port} on localhost is in use, perhaps by another Py Pinger; "
        "stop that program, or use another port (port in [main], or --port)."
    )


def test_nothing_stays_open_after_a_refusal(opened: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened before an address was refused is closed again, so that the port stays free."""
    monkeypatch.setattr(sockets, "LOCALHOST", ("127.0.0.1", "127.0.0.1"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(WebError):
        sockets.listen("localhost", port)
    assert names(opened, "127.0.0.1", port) == [("127.0.0.1", port)]


def test_the_search_for_a_free_port_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no port is ever free on all addresses, the search gives up."""
    monkeypatch.setattr(sockets, "LOCALHOST", ("127.0.0.1", "127.0.0.1"))
    with pytest.raises(WebError, match="is in use"):
        sockets.listen("localhost", 0)


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        (
            "192.0.2.1",
            "[main] host: 192.0.2.1 is not an address of this machine; use localhost or one that is.",
        ),
        (
            "no-such-host.invalid",
            "[main] host: unknown host 'no-such-host.invalid'; use localhost or an address of this machine.",
        ),
        (
            "a..b",
            "[main] host: unknown host 'a..b'; use localhost or an address of this machine.",
        ),
    ],
)
def test_an_unusable_host_is_refused_in_one_sentence(host: str, sentence: str) -> None:
    """A host that is not this machine, or does not exist, is named together with the remedy."""
    with pytest.raises(WebError) as refusal:
        sockets.listen(host, 0)
    assert (type(refusal.value), str(refusal.value)) == (WebError, sentence)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (
            PermissionError(errno.EACCES, "denied"),
            "[main] port: port 80 is reserved for root; use 1024 or more.",
        ),
        (
            OSError(errno.EMFILE, "Too many open files"),
            "[main] host: cannot listen on localhost:80: Too many open files; use another host or port.",
        ),
        (
            OSError("odd"),
            "[main] host: cannot listen on localhost:80: odd; use another host or port.",
        ),
    ],
)
def test_what_a_test_cannot_bring_about_has_its_sentence_too(problem: OSError, expected: str) -> None:
    """Refusals that depend on who runs the test read as they should."""
    assert sockets.error_text(problem, "localhost", 80) == expected
