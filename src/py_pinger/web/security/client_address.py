"""Where a request comes from: addresses, and what counts as one client."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

from py_pinger.config.values.lists import Network

Address: TypeAlias = IPv4Address | IPv6Address

# Bits. Whoever has one IPv6 address has all that begin alike.
_OF_ONE_CLIENT = 64


def read_address(text: str) -> Address | None:
    """Return an IP address, an IPv4 one in IPv6 clothes as itself; None for anything else."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def client(text: str) -> str:
    """Return what stands for all the addresses of the client that has this one."""
    address = read_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _OF_ONE_CLIENT), strict=False))
    return str(address or "nobody")


def within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks."""
    return address is not None and any(address in network for network in networks)
