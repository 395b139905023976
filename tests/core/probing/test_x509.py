"""The end of a certificate, read from its bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, random_serial_number
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from py_pinger.core.probing.x509 import end_of

KEY = Ed25519PrivateKey.generate()
START = datetime(1951, 1, 1)  # noqa: DTZ001 - as the library takes it
MOMENTS = st.datetimes(START, datetime(9999, 12, 31)).map(lambda at: at.replace(microsecond=0))  # noqa: DTZ001


def certificate(ends: datetime, issuer: str = "Authority") -> bytes:
    """Return a certificate that ends then."""
    builder = CertificateBuilder(
        issuer_name=Name([NameAttribute(NameOID.COMMON_NAME, issuer)]),
        subject_name=Name([]),
        public_key=KEY.public_key(),
        serial_number=random_serial_number(),
        not_valid_before=START,
        not_valid_after=ends,
    )
    return builder.sign(KEY, None).public_bytes(Encoding.DER)


WHOLE = certificate(datetime(2030, 1, 2, 3, 4, 5))  # noqa: DTZ001


@given(MOMENTS, st.text("abc", min_size=1, max_size=64))
def test_every_end(ends: datetime, issuer: str) -> None:
    """Whatever the end and the issuer are, the end is read as the library wrote it."""
    assert end_of(certificate(ends, issuer)) == ends.replace(tzinfo=UTC)


def test_a_certificate_of_the_first_version() -> None:
    """A certificate without a version is read too."""
    assert end_of(_first_version()) == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def _first_version() -> bytes:
    """Return what a certificate without a version begins with, up to its end."""
    validity = b"\x17\x0d" + b"200102030405Z" + b"\x17\x0d" + b"300102030405Z"
    signed = b"\x02\x01\x01" + b"\x30\x00" + b"\x30\x00" + bytes([0x30, len(validity)]) + validity
    whole = bytes([0x30, len(signed)]) + signed
    return bytes([0x30, len(whole)]) + whole


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"300102030405Z", b"301302030405Z", id="no month"),
        pytest.param(b"300102030405Z", b"3001020304051", id="not UTC"),
        pytest.param(b"\x17\x0d300102030405Z", b"\x04\x0d300102030405Z", id="no time"),
    ],
)
def test_no_end(old: bytes, new: bytes) -> None:
    """An end that is none is not read."""
    assert old in WHOLE
    assert end_of(WHOLE.replace(old, new)) is None


@given(st.binary(max_size=200) | st.integers(0, len(WHOLE) - 1).map(lambda size: WHOLE[:size]))
def test_anything(content: bytes) -> None:
    """Nothing raises, whatever the bytes are."""
    assert end_of(content) in {None, datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)}
