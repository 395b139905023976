"""Addresses, and which of them count as one client."""

from ipaddress import ip_address, ip_network

import pytest

from py_pinger.web.security.client_address import client_of, is_within, network_of, read_address


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("localhost", "unknown"),
        ("192.0.2.7\nevil", "unknown"),
    ],
)
def test_one_client(text: str, one: str) -> None:
    """An IPv4 address is a client, an IPv6 network of 64 bits is one, and anything else is unknown."""
    assert client_of(text) == one


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::1", "2001:db8:1::/48"),
        ("127.0.0.1", "loopback"),
        ("127.9.8.7", "loopback"),
        ("::1", "loopback"),
        ("localhost", "unknown"),
    ],
)
def test_network(text: str, network: str) -> None:
    """24 bits of IPv4 and 48 bits of IPv6 are one network, and so are all loopback addresses."""
    assert network_of(text) == network


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("11.1.2.3", False),
        ("fd00::1", True),
        ("fe80::1%eth0", False),
        ("nonsense", False),
    ],
)
def test_within(text: str, *, inside: bool) -> None:
    """An address lies in a network of its own kind, an IPv4 one in IPv6 clothes among its like."""
    networks = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert is_within(read_address(text), networks) is inside


def test_a_scope_is_left_out() -> None:
    """The interface behind an address is no part of it."""
    assert read_address("fe80::1%eth0") == ip_address("fe80::1")
