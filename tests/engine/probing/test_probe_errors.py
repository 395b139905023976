"""The client library's messages, in words for people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.model.check import ProbeFailure
from py_pinger.engine.probing.probe_errors import ErrorChain, ProbeError, diagnose, too_large

SENDING = "error sending request for url (https://example.com/task?token=secret)"
CONNECT = (SENDING, "client error (Connect)")
ASK = (SENDING, "client error (SendRequest)")
BODY = ("error decoding response body", "request or response body error")
READ = (*BODY, "error reading a body from connection")
LOOKUP = (*CONNECT, "dns error", "error resolving DNS")
NO_LOOKUP = "failed to lookup address information"
PEER = "invalid peer certificate: "
SILENT_CLOSE = "the server closed the connection without an answer"
EXPIRED = (
    f"{PEER}certificate expired: verification time 1795359288 (UNIX), "
    "but certificate is not valid after 1777809600 (17549688 seconds ago)"
)
NOT_YET = (
    f"{PEER}certificate not valid yet: verification time 1795359288 (UNIX), "
    "but certificate is not valid before 3786912000 (1991552712 seconds in future)"
)
OTHER_HOST = (
    f'{PEER}certificate not valid for name "example.com"; '
    'certificate is only valid for DnsName("certificate expired")'
)
UNTIDY = "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/latest/"

NO_MEMORY = ProbeError(
    ProbeFailure.LOCAL,
    "this machine has no memory left for a connection: add memory, or lower [main] concurrency",
)
FORBIDDEN = ProbeError(
    ProbeFailure.NETWORK, "a firewall blocks the connection to example.com", unconnected=True
)
NOT_ALLOWED = ProbeError(
    ProbeFailure.LOCAL, "this machine does not let Py Pinger connect to example.com: check its firewall"
)


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        ((SENDING, "operation timed out"), ProbeError(ProbeFailure.TIMEOUT, "no answer within 2.5 s")),
        (
            (*CONNECT, "tcp connect error", "Connection timed out (os error 110)"),
            ProbeError(ProbeFailure.TIMEOUT, "connection timed out", unconnected=True),
        ),
        (
            (*CONNECT, "tcp connect error", "deadline has elapsed"),
            ProbeError(ProbeFailure.TIMEOUT, "connection timed out", unconnected=True),
        ),
        (
            (*CONNECT, "operation timed out"),
            ProbeError(ProbeFailure.TIMEOUT, "connection timed out", unconnected=True),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Name or service not known"),
            ProbeError(ProbeFailure.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: No address associated with hostname"),
            ProbeError(ProbeFailure.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Name does not resolve"),
            ProbeError(ProbeFailure.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Temporary failure in name resolution"),
            ProbeError(ProbeFailure.DNS, "the name server did not answer"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Non-recoverable failure in name resolution"),
            ProbeError(ProbeFailure.DNS, "could not look up the host example.com"),
        ),
        ((*CONNECT, "invalid dns name"), ProbeError(ProbeFailure.DNS, "no such host: example.com")),
        (
            (*CONNECT, "tcp connect error", "Connection refused (os error 111)"),
            ProbeError(ProbeFailure.REFUSED, "connection refused", unconnected=True),
        ),
        (
            (*CONNECT, "Connection reset by peer (os error 104)"),
            ProbeError(ProbeFailure.RESET, "connection reset"),
        ),
        (
            (*ASK, "connection error", "Connection reset by peer (os error 104)"),
            ProbeError(ProbeFailure.RESET, "connection reset", unanswered=True),
        ),
        (
            (*ASK, "connection error", "Broken pipe (os error 32)"),
            ProbeError(ProbeFailure.RESET, "connection reset", unanswered=True),
        ),
        (
            (*ASK, "connection closed before message completed"),
            ProbeError(ProbeFailure.RESET, SILENT_CLOSE, unanswered=True),
        ),
        ((*ASK, "connection error", UNTIDY), ProbeError(ProbeFailure.RESET, SILENT_CLOSE, unanswered=True)),
        (
            (*READ, "end of file before message length reached"),
            ProbeError(ProbeFailure.RESET, "the server closed the connection midway"),
        ),
        ((*CONNECT, EXPIRED), ProbeError(ProbeFailure.TLS, "certificate expired on 3 May 2026")),
        (
            (*CONNECT, NOT_YET),
            ProbeError(ProbeFailure.TLS, "certificate is not yet valid, only from 1 January 2090"),
        ),
        (
            (*CONNECT, EXPIRED.replace("1777809600", "99999999999999999")),
            ProbeError(ProbeFailure.TLS, "certificate expired on a date out of range"),
        ),
        (
            (*CONNECT, OTHER_HOST),
            ProbeError(ProbeFailure.TLS, "certificate is for another host, not example.com"),
        ),
        (
            (*CONNECT, f"{PEER}UnknownIssuer"),
            ProbeError(ProbeFailure.TLS, "certificate is not trusted: unknown issuer"),
        ),
        (
            (*CONNECT, f"{PEER}Other(OtherError(CaUsedAsEndEntity))"),
            ProbeError(ProbeFailure.TLS, "certificate is not trusted: self-signed", unsupported=True),
        ),
        ((*CONNECT, f"{PEER}Revoked"), ProbeError(ProbeFailure.TLS, "certificate is not valid: revoked")),
        (
            (*CONNECT, "received corrupt message of type InvalidContentType"),
            ProbeError(ProbeFailure.TLS, "not a TLS server"),
        ),
        (
            (*CONNECT, "tls handshake eof"),
            ProbeError(ProbeFailure.TLS, "the server closed the connection during the TLS handshake"),
        ),
        (
            (*CONNECT, "received fatal alert: HandshakeFailure"),
            ProbeError(
                ProbeFailure.TLS,
                "the server rejected the TLS handshake:"
                " only outdated ciphers, or no certificate for example.com",
            ),
        ),
        (
            (*CONNECT, "peer is incompatible: ServerDoesNotSupportTls12Or13"),
            ProbeError(
                ProbeFailure.TLS,
                "no TLS version or cipher in common",
            ),
        ),
        ((*ASK, "invalid HTTP version parsed"), ProbeError(ProbeFailure.PROTOCOL, "not HTTP")),
        (
            (*ASK, "received unexpected message from connection"),
            ProbeError(ProbeFailure.PROTOCOL, "not HTTP"),
        ),
        (
            (*ASK, "invalid content-length parsed"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid content-length"),
        ),
        (
            (*ASK, "message head is too large"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: too many headers, or too long", unsupported=True),
        ),
        (
            (*READ, "Invalid chunk size line: missing size digit"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk size"),
        ),
        (
            (*READ, "invalid chunk size: overflow"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk size"),
        ),
        (
            (*READ, "chunk extensions over limit"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk"),
        ),
        (
            (*READ, "Invalid trailer end LF"),
            ProbeError(ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk"),
        ),
        ((*BODY, "Invalid gzip header"), ProbeError(ProbeFailure.PROTOCOL, "broken gzip encoding")),
        ((*BODY, "deflate decompression error"), ProbeError(ProbeFailure.PROTOCOL, "broken compression")),
        ((*BODY, "reached unexpected EOF"), ProbeError(ProbeFailure.PROTOCOL, "broken compression")),
        (
            ("failed to convert header to a str",),
            ProbeError(
                ProbeFailure.REDIRECTS, "redirected to an address that is not plain ASCII", unsupported=True
            ),
        ),
        (
            (*CONNECT, "tcp connect error", "Network is unreachable (os error 101)"),
            ProbeError(ProbeFailure.NETWORK, "network unreachable", unconnected=True),
        ),
        (
            (*CONNECT, "tcp connect error", "No route to host (os error 113)"),
            ProbeError(ProbeFailure.NETWORK, "no route to host", unconnected=True),
        ),
        (
            (*CONNECT, "tcp open error", "Too many open files (os error 24)"),
            ProbeError(
                ProbeFailure.LOCAL,
                "Py Pinger has no file descriptors left: raise its limit of open files "
                "(LimitNOFILE= of the service, or ulimit -n)",
            ),
        ),
        (
            (*LOOKUP, "Too many open files in system (os error 23)"),
            ProbeError(
                ProbeFailure.LOCAL,
                "this machine has no file descriptors left: raise fs.file-max, or find what opens so many",
            ),
        ),
        (
            (*CONNECT, "tcp connect error", "Cannot assign requested address (os error 99)"),
            ProbeError(
                ProbeFailure.LOCAL,
                "this machine has no local port left: widen net.ipv4.ip_local_port_range or check less often",
            ),
        ),
        ((*CONNECT, "tcp connect error", "No buffer space available (os error 105)"), NO_MEMORY),
        ((*CONNECT, "tcp open error", "Cannot allocate memory (os error 12)"), NO_MEMORY),
        ((*LOOKUP, f"{NO_LOOKUP}: Memory allocation failure"), NO_MEMORY),
        (
            (*LOOKUP, "Resource temporarily unavailable (os error 11)"),
            ProbeError(
                ProbeFailure.LOCAL,
                "this machine cannot start more threads: raise TasksMax= of the service, or ulimit -u",
            ),
        ),
        ((*CONNECT, "tcp connect error", "Operation not permitted (os error 1)"), NOT_ALLOWED),
        ((*CONNECT, "tcp connect error", "Permission denied (os error 13)"), FORBIDDEN),
        (
            (*CONNECT, "tcp open error", "Address family not supported by protocol (os error 97)"),
            ProbeError(
                ProbeFailure.LOCAL,
                "this machine cannot connect to example.com: it lacks this version of IP",
            ),
        ),
        (
            ("builder error for url (ftp://u:secret@h/)", "URL scheme is not allowed"),
            ProbeError(ProbeFailure.NETWORK, "the address is neither http nor https"),
        ),
        (
            ("Client was closed",),
            ProbeError(ProbeFailure.LOCAL, "Py Pinger stopped before the answer came"),
        ),
        (
            (*CONNECT, "Level 2 halted (os error 51)"),
            ProbeError(ProbeFailure.NETWORK, "Level 2 halted"),
        ),
        (
            ("something for url (http://u:secret@h/) broke: see https://docs.rs/secret \x1b[1m",),
            ProbeError(ProbeFailure.NETWORK, "something broke: see [1m"),
        ),
        ((), ProbeError(ProbeFailure.NETWORK, "no answer")),
    ],
)
def test_diagnose(causes: tuple[str, ...], expected: ProbeError) -> None:
    """Each failure is told in words for people, without addresses and numbers of errors."""
    assert diagnose(ErrorChain(causes, "example.com", timedelta(seconds=2.5))) == expected


@pytest.mark.parametrize(
    ("limit", "size"),
    [(1_048_576, "1 MiB"), (512_000, "500 KiB"), (1_000_000, "1,000,000 bytes"), (0, "0 bytes")],
)
def test_too_large(limit: int, size: str) -> None:
    """The size limit is told as people write it in the settings."""
    assert too_large(limit) == ProbeError(ProbeFailure.TOO_LARGE, f"the answer is larger than {size}")
