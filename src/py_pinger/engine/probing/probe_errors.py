"""Map the client library's errors to failures and to messages for users."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from py_pinger.core.model.check import ProbeFailure
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.text.formatting import clean, cut, seconds
from py_pinger.engine.probing.tls_errors import TLS_ROWS, words

# Characters shown of a message that matches no row; enough for a web search.
MESSAGE_LENGTH = 120

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class ProbeError:
    """Why there is no response.

    `unconnected` if no connection was established, `unanswered` if it ended before the response's first byte.
    `unsupported` if the client library rejects what another client may accept. `code` is what it is exactly,
    if that is known; errors are equal without it.
    """

    failure: ProbeFailure
    detail: str
    unanswered: bool = False
    unconnected: bool = False
    unsupported: bool = False
    code: FaultCode | None = field(default=None, compare=False)

    @property
    def fault(self) -> Fault:
        """What exactly is wrong, for the verdict."""
        return Fault(self.code or FaultCode(self.failure))


@dataclass(frozen=True, slots=True)
class ErrorChain:
    """The messages of an exception's causes, outermost first, and the host concerned."""

    causes: Sequence[str]
    host: str
    timeout: timedelta

    @property
    def root(self) -> str:
        """The message of the innermost cause."""
        return self.causes[-1] if self.causes else ""


NO_DESCRIPTORS = (
    "Py Pinger has no file descriptors left: raise its limit of open files "
    "(LimitNOFILE= of the service, or ulimit -n)"
)
NO_MEMORY = "this machine has no memory left for a connection: add memory, or lower [main] concurrency"
CONNECTION_TIMED_OUT = "connection timed out"
STOPPED = "Py Pinger stopped before the answer came"

# How the C library's resolver is quoted by the client library.
LOOKUP = "failed to lookup address information"

# A pattern, what exactly is wrong, and the message. The first row whose pattern matches at the beginning of
# the root cause applies.
_ROWS = (
    (r"operation timed out", FaultCode.TIMEOUT, "no answer within {timeout}"),
    (r"Connection timed out|deadline has elapsed", FaultCode.CONNECT_TIMEOUT, CONNECTION_TIMED_OUT),
    (rf"{LOOKUP}: (Name|No address|nodename)", FaultCode.NO_SUCH_HOST, "no such host: {host}"),
    (rf"{LOOKUP}: (Temporary|Try again)", FaultCode.NAME_SERVER, "the name server did not answer"),
    (rf"{LOOKUP}: Memory allocation failure", FaultCode.LOCAL, NO_MEMORY),
    (LOOKUP, FaultCode.DNS, "could not look up the host {host}"),
    (r"invalid dns name", FaultCode.NO_SUCH_HOST, "no such host: {host}"),
    (r"Connection refused", FaultCode.REFUSED, "connection refused"),
    (r"Connection reset|Broken pipe", FaultCode.RESET, "connection reset"),
    (
        r"connection closed before message|peer closed connection without",
        FaultCode.NO_ANSWER,
        "the server closed the connection without an answer",
    ),
    (
        r"end of file before message",
        FaultCode.CUT_OFF,
        "the server closed the connection midway",
    ),
    *TLS_ROWS,
    (r"invalid HTTP version parsed|received unexpected message", FaultCode.NOT_HTTP, "not HTTP"),
    (r"(?P<part>invalid .+) parsed", FaultCode.PROTOCOL, "broken HTTP: {part}"),
    (r"message head is too large", FaultCode.LARGE_HEADERS, "broken HTTP: too many headers, or too long"),
    (r"(?i:invalid chunk size)", FaultCode.PROTOCOL, "broken HTTP: invalid chunk size"),
    (r"(?i:invalid (chunk|trailer)|chunk (ext|trail))", FaultCode.PROTOCOL, "broken HTTP: invalid chunk"),
    (r".*gzip", FaultCode.BROKEN_ENCODING, "broken gzip encoding"),
    (
        r"failed to convert header",
        FaultCode.REDIRECT_ADDRESS,
        "redirected to an address that is not plain ASCII",
    ),
    (
        r"tunnel error: proxy authorization required",
        FaultCode.PROXY_LOGIN,
        "the proxy rejected the user name and password",
    ),
    (r"tunnel error: unsuccessful", FaultCode.PROXY_TARGET, "the proxy does not connect to {host}"),
    (
        r"tunnel error: unexpected end",
        FaultCode.PROXY_UNREACHABLE,
        "the proxy closed the connection without an answer",
    ),
    (r"SOCKS error: failed to create", FaultCode.NETWORK, "no connection"),
    (r"SOCKS error: ", FaultCode.PROXY_TARGET, "the proxy does not connect to {host}: {rest}"),
    (r"Network is unreachable", FaultCode.NO_ROUTE, "network unreachable"),
    (r"No route to host", FaultCode.NO_ROUTE, "no route to host"),
    (r"URL scheme is not allowed", FaultCode.ADDRESS, "the address is neither http nor https"),
    (
        r"Too many open files in system",
        FaultCode.LOCAL,
        "this machine has no file descriptors left: raise fs.file-max, or find what opens so many",
    ),
    (r"Too many open files", FaultCode.LOCAL, NO_DESCRIPTORS),
    (
        r"Cannot assign requested address",
        FaultCode.LOCAL,
        "this machine has no local port left: widen net.ipv4.ip_local_port_range or check less often",
    ),
    (r"No buffer space available|Cannot allocate memory|Out of memory", FaultCode.LOCAL, NO_MEMORY),
    (
        r"Resource temporarily unavailable",
        FaultCode.LOCAL,
        "this machine cannot start more threads: raise TasksMax= of the service, or ulimit -u",
    ),
    (
        # EPERM; a firewall on the path that blocks a connection is reported as EACCES.
        r"Operation not permitted",
        FaultCode.LOCAL,
        "this machine does not let Py Pinger connect to {host}: check its firewall",
    ),
    (
        r"Address family not supported",
        FaultCode.LOCAL,
        "this machine cannot connect to {host}: it lacks this version of IP",
    ),
    (r"Permission denied", FaultCode.FIREWALL, "a firewall blocks the connection to {host}"),
    (r"Client was closed", FaultCode.LOCAL, STOPPED),
)
_TABLE = tuple((re.compile(pattern), code, detail) for pattern, code, detail in _ROWS)

# The failure that each code is a case of.
_FAILURES = {
    FaultCode.NO_SUCH_HOST: ProbeFailure.DNS,
    FaultCode.NAME_SERVER: ProbeFailure.DNS,
    FaultCode.CONNECT_TIMEOUT: ProbeFailure.TIMEOUT,
    FaultCode.NO_ANSWER: ProbeFailure.RESET,
    FaultCode.CUT_OFF: ProbeFailure.RESET,
    FaultCode.NO_ROUTE: ProbeFailure.NETWORK,
    FaultCode.FIREWALL: ProbeFailure.NETWORK,
    FaultCode.ADDRESS: ProbeFailure.NETWORK,
    FaultCode.PROXY_LOGIN: ProbeFailure.NETWORK,
    FaultCode.PROXY_TARGET: ProbeFailure.NETWORK,
    FaultCode.PROXY_UNREACHABLE: ProbeFailure.RESET,
    FaultCode.NOT_HTTP: ProbeFailure.PROTOCOL,
    FaultCode.LARGE_HEADERS: ProbeFailure.PROTOCOL,
    FaultCode.BROKEN_ENCODING: ProbeFailure.PROTOCOL,
    FaultCode.REDIRECT_ADDRESS: ProbeFailure.REDIRECTS,
    **{code: ProbeFailure.TLS for _, code, _ in TLS_ROWS},
    **{FaultCode(failure): failure for failure in ProbeFailure},
}

# hyper's name for the phase from the request's first byte to the response's head.
_REQUESTING = "client error (SendRequest)"
_CONNECTING = "client error (Connect)"
_SOCKS = "SOCKS error: "
_PROXY_UNREACHABLE = ("tunnel error: failed to create", f"{_SOCKS}failed to create")
_DECODING = "error decoding response body"
_READING = "error reading a body from connection"
# A certificate that is a CA itself, more than 100 headers, a Location that is not ASCII.
_UNSUPPORTED = re.compile("CaUsedAsEndEntity|message head is too large|failed to convert header")
_UNCONNECTED = frozenset({ProbeFailure.REFUSED, ProbeFailure.NETWORK, ProbeFailure.TIMEOUT})
_NOISE = re.compile(r"\s*(for url )?\(\w+://[^)]*\)|\s*\(os error \d+\)|\w+://\S+")


def diagnose(error: ErrorChain) -> ProbeError:
    """Return the failure that an error chain stands for, with a message for users."""
    for pattern, code, detail in _TABLE:
        if match := pattern.match(error.root):
            failure = _FAILURES[code]
            unanswered = failure is ProbeFailure.RESET and _REQUESTING in error.causes
            unconnected = failure in _UNCONNECTED and _CONNECTING in error.causes
            late = unconnected and failure is ProbeFailure.TIMEOUT
            message = CONNECTION_TIMED_OUT if late else _format(detail, match, error)
            unsupported = bool(_UNSUPPORTED.search(error.root))
            exactly = FaultCode.CONNECT_TIMEOUT if late else code
            return ProbeError(failure, message, unanswered, unconnected, unsupported, exactly)
    if _DECODING in error.causes and _READING not in error.causes:
        return ProbeError(ProbeFailure.PROTOCOL, "broken compression", code=FaultCode.BROKEN_ENCODING)
    return ProbeError(ProbeFailure.NETWORK, _clean(error.root) or "no answer")


def is_proxy_failure(causes: Sequence[str], *, tunnelled: bool) -> bool:
    """Return True if a request through a proxy failed because the proxy cannot be reached.

    In a tunnel (https, SOCKS) an error of connecting mostly concerns the server behind the proxy.
    """
    if any(cause.startswith(_PROXY_UNREACHABLE) for cause in causes):
        return True
    socks = any(cause.startswith(_SOCKS) for cause in causes)
    return _CONNECTING in causes and not tunnelled and not socks


def too_large(limit: int) -> ProbeError:
    """Return the error for a response of more than `limit` bytes."""
    return ProbeError(ProbeFailure.TOO_LARGE, f"the answer is larger than {_size(limit)}")


def _format(detail: str, match: re.Match[str], error: ErrorChain) -> str:
    found = match.groupdict()
    return detail.format(
        host=error.host,
        timeout=seconds(error.timeout),
        part=found.get("part"),
        day=_day(int(found.get("unix") or 0)),
        rest=_clean(match.string[match.end() :]),
        words=words(_clean(match.string.partition(": ")[2])),
    )


def _day(unix: int) -> str:
    try:
        at = datetime.fromtimestamp(unix, UTC)
    except (OverflowError, OSError, ValueError):
        return "a date out of range"
    return f"{at.day} {at:%B} {at.year}"


def _clean(message: str) -> str:
    return cut(" ".join(clean(_NOISE.sub("", message)).split()), MESSAGE_LENGTH)


def _size(count: int) -> str:
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if count and count % unit == 0:
            return f"{count // unit:,} {name}"
    return f"{count:,} bytes"
