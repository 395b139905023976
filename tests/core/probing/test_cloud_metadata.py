"""Which hosts are metadata services."""

from __future__ import annotations

import pytest

from py_pinger.core.probing.cloud_metadata import is_address, is_metadata


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.169.254.",
        "169.254.170.2",
        "169.254.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "[fd00:ec2::254]",
        "fd20:ce::254",
        "fe80::1",
        "fe80::a9fe:a9fe%eth0",
        "::ffff:169.254.169.254",
        "[::ffff:a9fe:a9fe]",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:ffa9:fe:a9fe::",
        "64:ff9b:1:fffe:a9:fea9:fe00::",
        "64:ff9b:1:1:2:3:6464:64c8",
        "::ffff:0:169.254.169.254",
        "::ffff:0:a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "metadata.google.internal",
        "Metadata.Google.Internal.",
        "metadata.goog",
    ],
)
def test_metadata(host: str) -> None:
    """The clouds' metadata services and all of link-local are known, however they are spelled."""
    assert is_metadata(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example.com",
        "metadata.example.com",
        "169.253.169.254",
        "169.255.0.1",
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "100.100.100.201",
        "192.0.0.193",
        "::1",
        "[::ffff:10.0.0.1]",
        "64:ff9b::a00:1",
        "fd00:ec3::254",
        "2001:db8::1",
        "::ffff:0:1",
        "::ffff:0:10.0.0.1",
        "64:ff9b:1::a00:1",
        "64:ff9b:2::a9fe:a9fe",
    ],
)
def test_no_metadata(host: str) -> None:
    """Any other host, one's own network included, is not theirs."""
    assert not is_metadata(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("[::1]", True), ("::1", True), ("example.com", False), ("127.1.example", False)],
)
def test_is_address(host: str, expected: bool) -> None:  # noqa: FBT001 - a row of the table
    """Addresses are told from names."""
    assert is_address(host) is expected
