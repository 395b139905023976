"""What the client library says of TLS, as people read it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.x509 import ExtendedKeyUsage, ObjectIdentifier, UnrecognizedExtension
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.support.certificates import Authority
from tests.support.tcp_server import Farm, answer, answering

from py_pinger.core.model.check import NoResponse, ProbeFailure
from py_pinger.core.model.task import Task
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.probe_errors import ErrorChain, diagnose
from py_pinger.engine.probing.tls_errors import words

PEER = "invalid peer certificate: "
ALERT = "received fatal alert: "


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (f"{PEER}Other(OtherError(EkuError))", "certificate is not for servers"),
        (f"{PEER}InvalidPurposeContext {{ required: x }}", "certificate is not for servers"),
        (f"{PEER}Other(OtherError(UnsupportedCriticalExtension))", "certificate is not supported"),
        (f"{PEER}UnhandledCriticalExtension", "certificate is not supported"),
        (f"{PEER}UnsupportedSignatureAlgorithmContext {{ x }}", "certificate is not supported"),
        (f"{PEER}Other(OtherError(UnsupportedCertVersion))", "certificate is not supported"),
        (f"{PEER}BadEncoding", "certificate is not valid: it is not well-formed"),
        (
            f"{PEER}Other(OtherError(NameConstraintViolation))",
            "certificate is not valid: its issuer may not issue it for h",
        ),
        (f"{PEER}BadSignature", "certificate is not valid: bad signature"),
        (
            f"{PEER}Other(OtherError(PathLenConstraintViolated))",
            "certificate is not valid: path len constraint violated",
        ),
        (f"{ALERT}BadCertificate", "the server rejected the client certificate: bad certificate"),
        (f"{ALERT}UnknownCA", "the server rejected the client certificate: unknown ca"),
        (f"{ALERT}ProtocolVersion", "no TLS version or cipher in common"),
        ("peer is incompatible: no ciphersuites in common", "no TLS version or cipher in common"),
        (f"{ALERT}UnrecognisedName", "the server does not serve the host h over TLS"),
        (f"{ALERT}InternalError", "the server rejected the TLS handshake: internal error"),
    ],
)
def test_messages(message: str, detail: str) -> None:
    """No name of the library is shown, but what is wrong."""
    found = diagnose(ErrorChain(("client error (Connect)", message), "h", timedelta(seconds=1)))
    assert found.failure is ProbeFailure.TLS
    assert found.detail.startswith(detail)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("BadSignature", "bad signature"), ("Other(OtherError(EkuError))", "eku error"), ("", ""), ("(", "(")],
)
def test_words(name: str, expected: str) -> None:
    """The innermost name of an error is split into words."""
    assert words(name) == expected


@pytest.mark.parametrize(
    ("extension", "critical", "detail"),
    [
        (ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False, "certificate is not for servers"),
        (
            UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\5\0"),
            True,
            "certificate is not supported: it has an unknown critical extension",
        ),
    ],
)
async def test_odd_certificates(
    farm: Farm,
    trusted: Authority,
    extension: ExtendedKeyUsage | UnrecognizedExtension,
    *,
    critical: bool,
    detail: str,
) -> None:
    """What the library says today of a certificate is known here."""
    site = await farm.serve(answering(lambda _: answer()), trusted.server_with(extension, critical=critical))
    async with Prober(1000) as prober:
        found = await prober.probe(Task("https://shown/", site.url))
    assert isinstance(found, NoResponse)
    assert found.detail.startswith(detail)
