"""What went wrong on the network, in words for people: the client library's messages, read by one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from re import Match
from re import compile as pattern

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.text.formatting import clean, cut, seconds

# Characters of a message that no row knows; enough to search the web for.
MESSAGE_LENGTH = 120

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class ProbeError:
    """Why no answer came back; `unanswered` when the connection died before the answer's first byte."""

    failure: ProbeFailure
    detail: str
    unanswered: bool = False


@dataclass(frozen=True, slots=True)
class ErrorChain:
    """What failed: the messages of an exception's causes from the outermost to the root, and for whom."""

    causes: Sequence[str]
    host: str
    timeout: timedelta

    @property
    def root(self) -> str:
        """The message of the cause that brought about all others."""
        return self.causes[-1] if self.causes else ""


NO_DESCRIPTORS = (
    "Py Pinger has no file descriptors left: raise its limit of open files "
    "(LimitNOFILE= of the service, or ulimit -n)"
)
NO_MEMORY = "this machine has no memory left for a connection: give it more, or lower [main] concurrency"

# The first row whose pattern is found at the beginning of the root cause gives the words.
_LOOKUP = "failed to lookup address information"
_CERTIFICATE = "invalid peer certificate: "
_ROWS = (
    (r"operation timed out", ProbeFailure.TIMEOUT, "no answer within {timeout}"),
    (r"Connection timed out", ProbeFailure.TIMEOUT, "connection timed out"),
    (rf"{_LOOKUP}: (Name|No address|nodename)", ProbeFailure.DNS, "no such host: {host}"),
    (rf"{_LOOKUP}: (Temporary|Try again)", ProbeFailure.DNS, "the name server did not answer"),
    (rf"{_LOOKUP}: Memory allocation failure", ProbeFailure.LOCAL, NO_MEMORY),
    (_LOOKUP, ProbeFailure.DNS, "could not look up the host {host}"),
    (r"invalid dns name", ProbeFailure.DNS, "no such host: {host}"),
    (r"Connection refused", ProbeFailure.REFUSED, "connection refused"),
    (r"Connection reset|Broken pipe", ProbeFailure.RESET, "connection reset"),
    (
        r"connection closed before message|peer closed connection without",
        ProbeFailure.RESET,
        "the server closed the connection without an answer",
    ),
    (r"end of file before message", ProbeFailure.RESET, "the server closed the connection midway"),
    (rf"{_CERTIFICATE}.*? not valid after (?P<unix>\d+)", ProbeFailure.TLS, "certificate expired on {day}"),
    (
        rf"{_CERTIFICATE}.*? not valid before (?P<unix>\d+)",
        ProbeFailure.TLS,
        "certificate is not yet valid, only from {day}",
    ),
    (
        rf"{_CERTIFICATE}(certificate not valid for name|NotValidForName)",
        ProbeFailure.TLS,
        "certificate is for another host, not {host}",
    ),
    (rf"{_CERTIFICATE}UnknownIssuer", ProbeFailure.TLS, "certificate is not trusted: unknown issuer"),
    (rf"{_CERTIFICATE}.*CaUsedAsEndEntity", ProbeFailure.TLS, "certificate is not trusted: self-signed"),
    (_CERTIFICATE, ProbeFailure.TLS, "certificate is not valid: {rest}"),
    (r"received corrupt message of type", ProbeFailure.TLS, "not a TLS server"),
    (r"tls handshake eof", ProbeFailure.TLS, "the server broke off the TLS handshake"),
    (
        r"received fatal alert: (CertificateRequired|NoCertificate)",
        ProbeFailure.TLS,
        "the server demands a client certificate: give certificate and key in the task's section",
    ),
    (r"received fatal alert: ", ProbeFailure.TLS, "the server refused the TLS handshake: {rest}"),
    (r"peer is incompatible", ProbeFailure.TLS, "no TLS version or cipher in common"),
    (r"invalid HTTP version parsed|received unexpected message", ProbeFailure.PROTOCOL, "not HTTP"),
    (r"(?P<part>invalid .+) parsed", ProbeFailure.PROTOCOL, "broken HTTP: {part}"),
    (r"message head is too large", ProbeFailure.PROTOCOL, "broken HTTP: too many headers, or too long"),
    (r"(?i:invalid chunk size)", ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk size"),
    (r"(?i:invalid (chunk|trailer)|chunk (ext|trail))", ProbeFailure.PROTOCOL, "broken HTTP: invalid chunk"),
    (r".*gzip", ProbeFailure.PROTOCOL, "broken gzip encoding"),
    (r"failed to convert header", ProbeFailure.REDIRECTS, "redirected to an address that is not plain ASCII"),
    (
        r"tunnel error: proxy authorization required",
        ProbeFailure.NETWORK,
        "the proxy wants another user name and password",
    ),
    (r"tunnel error: unsuccessful", ProbeFailure.NETWORK, "the proxy does not connect to {host}"),
    (
        r"tunnel error: unexpected end",
        ProbeFailure.RESET,
        "the proxy closed the connection without an answer",
    ),
    (r"SOCKS error: failed to create", ProbeFailure.NETWORK, "no connection"),
    (r"SOCKS error: ", ProbeFailure.NETWORK, "the proxy does not connect to {host}: {rest}"),
    (r"Network is unreachable", ProbeFailure.NETWORK, "network unreachable"),
    (r"No route to host", ProbeFailure.NETWORK, "no route to host"),
    (r"URL scheme is not allowed", ProbeFailure.NETWORK, "the address is neither http nor https"),
    (
        r"Too many open files in system",
        ProbeFailure.LOCAL,
        "this machine has no file descriptors left: raise fs.file-max, or find who keeps so many open",
    ),
    (r"Too many open files", ProbeFailure.LOCAL, NO_DESCRIPTORS),
    (
        r"Cannot assign requested address",
        ProbeFailure.LOCAL,
        "this machine has no local port left: widen net.ipv4.ip_local_port_range, or ask less often",
    ),
    (r"No buffer space available|Cannot allocate memory|Out of memory", ProbeFailure.LOCAL, NO_MEMORY),
    (
        r"Resource temporarily unavailable",
        ProbeFailure.LOCAL,
        "this machine starts no more threads: raise TasksMax= of the service, or ulimit -u",
    ),
    (
        # EPERM alone: a firewall on the way that forbids a connection comes out as EACCES.
        r"Operation not permitted",
        ProbeFailure.LOCAL,
        "this machine does not let Py Pinger connect to {host}: look at its firewall",
    ),
    (
        r"Address family not supported",
        ProbeFailure.LOCAL,
        "this machine cannot connect to {host}: it lacks that version of IP",
    ),
    (r"Permission denied", ProbeFailure.NETWORK, "a firewall forbids the way to {host}"),
    (r"Client was closed", ProbeFailure.LOCAL, "Py Pinger stopped before the answer came"),
)
_TABLE = tuple((pattern(sign), trouble, detail) for sign, trouble, detail in _ROWS)

# hyper's name for the stretch from the request's first byte to the answer's head.
_ASKING = "client error (SendRequest)"
_CONNECTING = "client error (Connect)"
_SOCKS = "SOCKS error: "
_UNREACHED_PROXY = ("tunnel error: failed to create", f"{_SOCKS}failed to create")
_DECODING = "error decoding response body"
_READING = "error reading a body from connection"
_NOISE = pattern(r"\s*(for url )?\(\w+://[^)]*\)|\s*\(os error \d+\)|\w+://\S+")


def diagnose(symptom: ErrorChain) -> ProbeError:
    """Return which trouble this is, and the words for it."""
    for sign, trouble, detail in _TABLE:
        if match := sign.match(symptom.root):
            unanswered = trouble is ProbeFailure.RESET and _ASKING in symptom.causes
            return ProbeError(trouble, _worded(detail, match, symptom), unanswered)
    if _DECODING in symptom.causes and _READING not in symptom.causes:
        return ProbeError(ProbeFailure.PROTOCOL, "broken compression")
    return ProbeError(ProbeFailure.NETWORK, _cleaned(symptom.root) or "no answer")


def short_of_proxy(causes: Sequence[str], *, tunnelled: bool) -> bool:
    """Tell whether what failed of a request by a proxy is the way to that proxy.

    To an https server leads a tunnel, so there connecting is mostly to the server itself; so it is by SOCKS.
    """
    if any(cause.startswith(_UNREACHED_PROXY) for cause in causes):
        return True
    socks = any(cause.startswith(_SOCKS) for cause in causes)
    return _CONNECTING in causes and not tunnelled and not socks


def too_large(limit: int) -> ProbeError:
    """Return the words for an answer of more than `limit` bytes."""
    return ProbeError(ProbeFailure.TOO_LARGE, f"the answer is larger than {_size(limit)}")


def _worded(detail: str, match: Match[str], symptom: ErrorChain) -> str:
    found = match.groupdict()
    return detail.format(
        host=symptom.host,
        timeout=seconds(symptom.timeout),
        part=found.get("part"),
        day=_day(int(found.get("unix") or 0)),
        rest=_cleaned(match.string[match.end() :]),
    )


def _day(unix: int) -> str:
    try:
        at = datetime.fromtimestamp(unix, UTC)
    except (OverflowError, OSError, ValueError):
        return "a day beyond the calendar"
    return f"{at.day} {at:%B} {at.year}"


def _cleaned(message: str) -> str:
    return cut(" ".join(clean(_NOISE.sub("", message)).split()), MESSAGE_LENGTH)


def _size(count: int) -> str:
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if count and count % unit == 0:
            return f"{count // unit:,} {name}"
    return f"{count:,} bytes"
