"""The metadata services of clouds.

Hosts that hand a machine's credentials to any process on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Other names are recognised by the addresses that they resolve to.
_NAMES = frozenset({"metadata.goog", "metadata.google.internal"})
_NETWORKS = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16",  # link-local, and almost every cloud
            "fe80::/10",
            "fd00:ec2::/32",  # Amazon
            "fd20:ce::254/128",  # Google
            "100.100.100.200/32",  # Alibaba
            "192.0.0.192/32",  # Oracle
            "168.63.129.16/32",  # Azure
        ),
    )
)
# IPv6 networks whose last 32 bits are an IPv4 address, in addition to those that `ipaddress` knows.
_EMBEDDING = tuple(map(ip_network, ("::/96", "64:ff9b::/96", "::ffff:0:0:0/96")))
# The network for local translation. Its prefix may be 48, 56, 64 or 96 bits long, which decides where the
# IPv4 address stands (RFC 6052); the ninth byte is never part of it.
_LOCAL_TRANSLATION = ip_network("64:ff9b:1::/48")
_EMBEDDED_BYTES = ((6, 7, 9, 10), (7, 9, 10, 11), (9, 10, 11, 12), (12, 13, 14, 15))


def is_metadata(host: str) -> bool:
    """Return True if a host is a metadata service or link-local, by its name or its address.

    Addresses are in their usual notation, with or without brackets; the URL parser has resolved other
    notations.
    """
    name = host.strip("[]").rstrip(".").lower()
    address = _address(name)
    if address is None:
        return name in _NAMES
    return any(each in network for each in (address, *_embedded(address)) for network in _NETWORKS)


def is_address(host: str) -> bool:
    """Return True if a host is an IP address."""
    return _address(host.strip("[]")) is not None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address may embed."""
    if isinstance(address, IPv4Address):
        return
    if any(address in network for network in _EMBEDDING):
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _LOCAL_TRANSLATION:
        for places in _EMBEDDED_BYTES:
            yield IPv4Address(bytes(address.packed[place] for place in places))
    yield from filter(None, (address.ipv4_mapped, address.sixtofour))
