"""Addresses, and which of them count as one client."""

from ipaddress import ip_address, ip_network

import pytest

from py_pinger.web.security.client_address import client, read_address, within


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "nobody"),
        ("localhost", "nobody"),
        ("192.0.2.7\nevil", "nobody"),
    ],
)
def test_one_client(text: str, one: str) -> None:
    """An IPv4 address is a client, an IPv6 network of 64 bits is one, and what is no address is nobody."""
    assert client(text) == one


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
    assert within(read_address(text), networks) is inside


def test_a_scope_is_left_out() -> None:
    """The interface behind an address is no part of it."""
    assert read_address("fe80::1%eth0") == ip_address("fe80::1")
