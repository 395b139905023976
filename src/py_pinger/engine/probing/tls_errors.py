"""Map TLS error messages of the client library to messages for users.

Each row is a pattern for the beginning of a message, what exactly is wrong, and what it means. `{words}` is
the library's own name for the error, as words.
"""

from __future__ import annotations

import re

from py_pinger.core.model.fault import FaultCode

_CERTIFICATE = "invalid peer certificate: "
_ALERT = "received fatal alert: "

TLS_ROWS = (
    (
        rf"{_CERTIFICATE}.*? not valid after (?P<unix>\d+)",
        FaultCode.CERTIFICATE_EXPIRED,
        "certificate expired on {day}",
    ),
    (
        rf"{_CERTIFICATE}.*? not valid before (?P<unix>\d+)",
        FaultCode.CERTIFICATE_NOT_YET_VALID,
        "certificate is not yet valid, only from {day}",
    ),
    (
        rf"{_CERTIFICATE}(certificate not valid for name|NotValidForName)",
        FaultCode.CERTIFICATE_OTHER_HOST,
        "certificate is for another host, not {host}",
    ),
    (
        rf"{_CERTIFICATE}UnknownIssuer",
        FaultCode.CERTIFICATE_UNKNOWN_ISSUER,
        "certificate is not trusted: unknown issuer",
    ),
    (
        rf"{_CERTIFICATE}.*CaUsedAsEndEntity",
        FaultCode.CERTIFICATE_SELF_SIGNED,
        "certificate is not trusted: self-signed",
    ),
    (
        rf"{_CERTIFICATE}.*(EkuError|RequiredEkuNotFound|InvalidPurpose)",
        FaultCode.CERTIFICATE_PURPOSE,
        "certificate is not for servers",
    ),
    (
        rf"{_CERTIFICATE}.*CriticalExtension",
        FaultCode.CERTIFICATE_EXTENSION,
        "certificate is not supported: it has an unknown critical extension",
    ),
    (
        rf"{_CERTIFICATE}.*Unsupported\w*Signature",
        FaultCode.CERTIFICATE_SIGNATURE,
        "certificate is not supported: outdated signature algorithm",
    ),
    (
        rf"{_CERTIFICATE}.*UnsupportedCertVersion",
        FaultCode.CERTIFICATE_VERSION,
        "certificate is not supported: it is of X.509 version 1",
    ),
    (
        rf"{_CERTIFICATE}.*Encoding",
        FaultCode.CERTIFICATE_BROKEN,
        "certificate is not valid: it is not well-formed",
    ),
    (
        rf"{_CERTIFICATE}.*NameConstraint",
        FaultCode.CERTIFICATE_OTHER_HOST,
        "certificate is not valid: its issuer may not issue it for {host}",
    ),
    (_CERTIFICATE, FaultCode.CERTIFICATE_BROKEN, "certificate is not valid: {words}"),
    (r"received corrupt message of type", FaultCode.NOT_TLS, "not a TLS server"),
    (r"tls handshake eof", FaultCode.TLS, "the server closed the connection during the TLS handshake"),
    (
        rf"{_ALERT}(CertificateRequired|NoCertificate)",
        FaultCode.CLIENT_CERTIFICATE_MISSING,
        "the server requires a client certificate",
    ),
    (
        rf"{_ALERT}(BadCertificate|UnknownC[Aa]|Certificate(Unknown|Expired|Revoked)|UnsupportedCertificate)",
        FaultCode.CLIENT_CERTIFICATE_REJECTED,
        "the server rejected the client certificate: {words}",
    ),
    (
        rf"{_ALERT}(HandshakeFailure|InsufficientSecurity)",
        FaultCode.TLS_VERSION,
        "the server rejected the TLS handshake: only outdated ciphers, or no certificate for {host}",
    ),
    (
        rf"{_ALERT}ProtocolVersion|peer is incompatible",
        FaultCode.TLS_VERSION,
        "no TLS version or cipher in common",
    ),
    (
        rf"{_ALERT}Unrecogniz?s?edName",
        FaultCode.TLS_HOST,
        "the server does not serve the host {host} over TLS",
    ),
    (_ALERT, FaultCode.TLS, "the server rejected the TLS handshake: {words}"),
)

_INNERMOST = re.compile(r"\w+(?=\)*$)")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> str:
    """Return the words of an error's name: `Other(OtherError(BadSignature))` is `bad signature`."""
    found = _INNERMOST.search(name.strip())
    return _CAPITAL.sub(" ", found[0]).lower() if found else name
