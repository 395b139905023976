"""The address of a client, and the networks that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

from py_pinger.config.values.lists import Network

Address: TypeAlias = IPv4Address | IPv6Address

# Bits. A client with one IPv6 address has the whole network: providers assign networks to their customers.
_CLIENT_BITS = {4: 32, 6: 64}
_NETWORK_BITS = {4: 24, 6: 48}

# Texts whose addresses are remembered: each request of a client needs its address several times.
_REMEMBERED = 4096

UNKNOWN = "unknown"
# Every process of this machine can use each of its sixteen million addresses.
_LOOPBACK = "loopback"


@lru_cache(_REMEMBERED)
def read_address(text: str) -> Address | None:
    """Return an IP address, an IPv4-mapped IPv6 one as IPv4; None for anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


@lru_cache(_REMEMBERED)
def client_of(text: str) -> str:
    """Return the client that has this address: an IPv4 address, or an IPv6 network of 64 bits."""
    return _prefix(read_address(text), _CLIENT_BITS)


def network_of(text: str) -> str:
    """Return the network of a client.

    24 bits of IPv4, 48 bits of IPv6, or all loopback addresses.
    """
    address = read_address(text)
    return _LOOPBACK if address and address.is_loopback else _prefix(address, _NETWORK_BITS)


def is_within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Return True if an address lies in one of the networks."""
    return address is not None and any(address in network for network in networks)


def _prefix(address: Address | None, bits: dict[int, int]) -> str:
    if address is None:
        return UNKNOWN
    length = bits[address.version]
    return str(address if length == address.max_prefixlen else ip_network((address, length), strict=False))
