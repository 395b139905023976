"""The client library's messages, in words for people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from py_pinger.core.model.check import Trouble
from py_pinger.engine.probing.errors import Diagnosis, Symptom, diagnose, too_large

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

NO_MEMORY = Diagnosis(
    Trouble.OWN,
    "this machine has no memory left for a connection: give it more, or lower [main] concurrency",
)
FORBIDDEN = Diagnosis(Trouble.NETWORK, "a firewall forbids the way to example.com")
NOT_ALLOWED = Diagnosis(
    Trouble.OWN, "this machine does not let Py Pinger connect to example.com: look at its firewall"
)


@pytest.mark.parametrize(
    ("causes", "expected"),
    [
        ((SENDING, "operation timed out"), Diagnosis(Trouble.TIMEOUT, "no answer within 2.5 s")),
        (
            (*CONNECT, "tcp connect error", "Connection timed out (os error 110)"),
            Diagnosis(Trouble.TIMEOUT, "connection timed out"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Name or service not known"),
            Diagnosis(Trouble.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: No address associated with hostname"),
            Diagnosis(Trouble.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Name does not resolve"),
            Diagnosis(Trouble.DNS, "no such host: example.com"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Temporary failure in name resolution"),
            Diagnosis(Trouble.DNS, "the name server did not answer"),
        ),
        (
            (*LOOKUP, f"{NO_LOOKUP}: Non-recoverable failure in name resolution"),
            Diagnosis(Trouble.DNS, "could not look up the host example.com"),
        ),
        ((*CONNECT, "invalid dns name"), Diagnosis(Trouble.DNS, "no such host: example.com")),
        (
            (*CONNECT, "tcp connect error", "Connection refused (os error 111)"),
            Diagnosis(Trouble.REFUSED, "connection refused"),
        ),
        ((*CONNECT, "Connection reset by peer (os error 104)"), Diagnosis(Trouble.RESET, "connection reset")),
        (
            (*ASK, "connection error", "Connection reset by peer (os error 104)"),
            Diagnosis(Trouble.RESET, "connection reset", unanswered=True),
        ),
        (
            (*ASK, "connection error", "Broken pipe (os error 32)"),
            Diagnosis(Trouble.RESET, "connection reset", unanswered=True),
        ),
        (
            (*ASK, "connection closed before message completed"),
            Diagnosis(Trouble.RESET, SILENT_CLOSE, unanswered=True),
        ),
        ((*ASK, "connection error", UNTIDY), Diagnosis(Trouble.RESET, SILENT_CLOSE, unanswered=True)),
        (
            (*READ, "end of file before message length reached"),
            Diagnosis(Trouble.RESET, "the server closed the connection midway"),
        ),
        ((*CONNECT, EXPIRED), Diagnosis(Trouble.TLS, "certificate expired on 3 May 2026")),
        (
            (*CONNECT, NOT_YET),
            Diagnosis(Trouble.TLS, "certificate is not yet valid, only from 1 January 2090"),
        ),
        (
            (*CONNECT, EXPIRED.replace("1777809600", "99999999999999999")),
            Diagnosis(Trouble.TLS, "certificate expired on a day beyond the calendar"),
        ),
        (
            (*CONNECT, OTHER_HOST),
            Diagnosis(Trouble.TLS, "certificate is for another host, not example.com"),
        ),
        (
            (*CONNECT, f"{PEER}UnknownIssuer"),
            Diagnosis(Trouble.TLS, "certificate is not trusted: unknown issuer"),
        ),
        (
            (*CONNECT, f"{PEER}Other(OtherError(CaUsedAsEndEntity))"),
            Diagnosis(Trouble.TLS, "certificate is not trusted: self-signed"),
        ),
        ((*CONNECT, f"{PEER}Revoked"), Diagnosis(Trouble.TLS, "certificate is not valid: Revoked")),
        (
            (*CONNECT, "received corrupt message of type InvalidContentType"),
            Diagnosis(Trouble.TLS, "not a TLS server"),
        ),
        ((*CONNECT, "tls handshake eof"), Diagnosis(Trouble.TLS, "the server broke off the TLS handshake")),
        (
            (*CONNECT, "received fatal alert: HandshakeFailure"),
            Diagnosis(Trouble.TLS, "the server refused the TLS handshake: HandshakeFailure"),
        ),
        (
            (*CONNECT, "peer is incompatible: ServerDoesNotSupportTls12Or13"),
            Diagnosis(Trouble.TLS, "no TLS version or cipher in common"),
        ),
        ((*ASK, "invalid HTTP version parsed"), Diagnosis(Trouble.PROTOCOL, "not HTTP")),
        ((*ASK, "received unexpected message from connection"), Diagnosis(Trouble.PROTOCOL, "not HTTP")),
        (
            (*ASK, "invalid content-length parsed"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: invalid content-length"),
        ),
        (
            (*ASK, "message head is too large"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: too many headers, or too long"),
        ),
        (
            (*READ, "Invalid chunk size line: missing size digit"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: invalid chunk size"),
        ),
        (
            (*READ, "invalid chunk size: overflow"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: invalid chunk size"),
        ),
        (
            (*READ, "chunk extensions over limit"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: invalid chunk"),
        ),
        (
            (*READ, "Invalid trailer end LF"),
            Diagnosis(Trouble.PROTOCOL, "broken HTTP: invalid chunk"),
        ),
        ((*BODY, "Invalid gzip header"), Diagnosis(Trouble.PROTOCOL, "broken gzip encoding")),
        ((*BODY, "deflate decompression error"), Diagnosis(Trouble.PROTOCOL, "broken compression")),
        ((*BODY, "reached unexpected EOF"), Diagnosis(Trouble.PROTOCOL, "broken compression")),
        (
            ("failed to convert header to a str",),
            Diagnosis(Trouble.REDIRECTS, "redirected to an address that is not plain ASCII"),
        ),
        (
            (*CONNECT, "tcp connect error", "Network is unreachable (os error 101)"),
            Diagnosis(Trouble.NETWORK, "network unreachable"),
        ),
        (
            (*CONNECT, "tcp connect error", "No route to host (os error 113)"),
            Diagnosis(Trouble.NETWORK, "no route to host"),
        ),
        (
            (*CONNECT, "tcp open error", "Too many open files (os error 24)"),
            Diagnosis(
                Trouble.OWN,
                "Py Pinger has no file descriptors left: raise its limit of open files "
                "(LimitNOFILE= of the service, or ulimit -n)",
            ),
        ),
        (
            (*LOOKUP, "Too many open files in system (os error 23)"),
            Diagnosis(
                Trouble.OWN,
                "this machine has no file descriptors left: raise fs.file-max, "
                "or find who keeps so many open",
            ),
        ),
        (
            (*CONNECT, "tcp connect error", "Cannot assign requested address (os error 99)"),
            Diagnosis(
                Trouble.OWN,
                "this machine has no local port left: widen net.ipv4.ip_local_port_range, or ask less often",
            ),
        ),
        ((*CONNECT, "tcp connect error", "No buffer space available (os error 105)"), NO_MEMORY),
        ((*CONNECT, "tcp open error", "Cannot allocate memory (os error 12)"), NO_MEMORY),
        ((*LOOKUP, f"{NO_LOOKUP}: Memory allocation failure"), NO_MEMORY),
        (
            (*LOOKUP, "Resource temporarily unavailable (os error 11)"),
            Diagnosis(
                Trouble.OWN,
                "this machine starts no more threads: raise TasksMax= of the service, or ulimit -u",
            ),
        ),
        ((*CONNECT, "tcp connect error", "Operation not permitted (os error 1)"), NOT_ALLOWED),
        ((*CONNECT, "tcp connect error", "Permission denied (os error 13)"), FORBIDDEN),
        (
            (*CONNECT, "tcp open error", "Address family not supported by protocol (os error 97)"),
            Diagnosis(Trouble.OWN, "this machine cannot connect to example.com: it lacks that version of IP"),
        ),
        (
            ("builder error for url (ftp://u:secret@h/)", "URL scheme is not allowed"),
            Diagnosis(Trouble.NETWORK, "the address is neither http nor https"),
        ),
        (
            ("Client was closed",),
            Diagnosis(Trouble.OWN, "Py Pinger stopped before the answer came"),
        ),
        (
            (*CONNECT, "Level 2 halted (os error 51)"),
            Diagnosis(Trouble.NETWORK, "Level 2 halted"),
        ),
        (
            ("something for url (http://u:secret@h/) broke: see https://docs.rs/secret \x1b[1m",),
            Diagnosis(Trouble.NETWORK, "something broke: see [1m"),
        ),
        ((), Diagnosis(Trouble.NETWORK, "no answer")),
    ],
)
def test_diagnose(causes: tuple[str, ...], expected: Diagnosis) -> None:
    """Each failure is told in words for people, without addresses and numbers of errors."""
    assert diagnose(Symptom(causes, "example.com", timedelta(seconds=2.5))) == expected


@pytest.mark.parametrize(
    ("limit", "size"),
    [(1_048_576, "1 MiB"), (512_000, "500 KiB"), (1_000_000, "1,000,000 bytes"), (0, "0 bytes")],
)
def test_too_large(limit: int, size: str) -> None:
    """The size limit is told as people write it in the settings."""
    assert too_large(limit) == Diagnosis(Trouble.TOO_LARGE, f"the answer is larger than {size}")
