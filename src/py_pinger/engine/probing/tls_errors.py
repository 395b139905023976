"""Map TLS error messages of the client library to messages for users.

Each row is a pattern for the beginning of a message, and what it means. `{words}` is the library's own name
for the error, as words.
"""

from __future__ import annotations

import re

_CERTIFICATE = "invalid peer certificate: "
_ALERT = "received fatal alert: "

TLS_ROWS = (
    (rf"{_CERTIFICATE}.*? not valid after (?P<unix>\d+)", "certificate expired on {day}"),
    (rf"{_CERTIFICATE}.*? not valid before (?P<unix>\d+)", "certificate is not yet valid, only from {day}"),
    (
        rf"{_CERTIFICATE}(certificate not valid for name|NotValidForName)",
        "certificate is for another host, not {host}",
    ),
    (rf"{_CERTIFICATE}UnknownIssuer", "certificate is not trusted: unknown issuer"),
    (rf"{_CERTIFICATE}.*CaUsedAsEndEntity", "certificate is not trusted: self-signed"),
    (
        rf"{_CERTIFICATE}.*(EkuError|RequiredEkuNotFound|InvalidPurpose)",
        "certificate is not for servers: issue one with the extended key usage serverAuth",
    ),
    (
        rf"{_CERTIFICATE}.*CriticalExtension",
        "certificate is not supported: it has an unknown critical extension; issue one without it",
    ),
    (
        rf"{_CERTIFICATE}.*Unsupported\w*Signature",
        "certificate is not supported: outdated signature algorithm; issue one signed with SHA-256",
    ),
    (
        rf"{_CERTIFICATE}.*UnsupportedCertVersion",
        "certificate is not supported: it is of X.509 version 1; issue one of version 3",
    ),
    (rf"{_CERTIFICATE}.*Encoding", "certificate is not valid: it is not well-formed; issue another"),
    (rf"{_CERTIFICATE}.*NameConstraint", "certificate is not valid: its issuer may not issue it for {host}"),
    (_CERTIFICATE, "certificate is not valid: {words}"),
    (r"received corrupt message of type", "not a TLS server"),
    (r"tls handshake eof", "the server closed the connection during the TLS handshake"),
    (
        rf"{_ALERT}(CertificateRequired|NoCertificate)",
        "the server requires a client certificate: set certificate and key in the task's section",
    ),
    (
        rf"{_ALERT}(BadCertificate|UnknownC[Aa]|Certificate(Unknown|Expired|Revoked)|UnsupportedCertificate)",
        "the server rejected the client certificate: {words}",
    ),
    (
        rf"{_ALERT}(HandshakeFailure|InsufficientSecurity)",
        "the server rejected the TLS handshake: only outdated ciphers, or no certificate for {host}",
    ),
    (
        rf"{_ALERT}ProtocolVersion|peer is incompatible",
        "no TLS version or cipher in common: allow TLS 1.2 or 1.3 with current ciphers there",
    ),
    (rf"{_ALERT}Unrecogniz?s?edName", "the server does not serve the host {host} over TLS"),
    (_ALERT, "the server rejected the TLS handshake: {words}"),
)

_INNERMOST = re.compile(r"\w+(?=\)*$)")
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> str:
    """Return the words of an error's name: `Other(OtherError(BadSignature))` is `bad signature`."""
    found = _INNERMOST.search(name.strip())
    return _CAPITAL.sub(" ", found[0]).lower() if found else name
