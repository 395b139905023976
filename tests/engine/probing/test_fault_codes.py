"""What exactly is wrong without a response, as the client library and real servers show it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.support.tcp_server import Farm, Request, answer, answering

from py_pinger.core.evaluation.evaluate import evaluate
from py_pinger.core.model.check import NoResponse, Response
from py_pinger.core.model.fault import Fault, FaultCode
from py_pinger.core.model.task import Task
from py_pinger.core.times import MAX_TIME, ZERO
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.probe_errors import ErrorChain, diagnose

LOOKUP = "failed to lookup address information: "
PEER = "invalid peer certificate: "
ALERT = "received fatal alert: "


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    """Return a prober without a token."""
    async with Prober(64 * 1024) as prober:
        yield prober


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("operation timed out", FaultCode.TIMEOUT),
        ("Connection timed out (os error 110)", FaultCode.CONNECT_TIMEOUT),
        (f"{LOOKUP}Name or service not known", FaultCode.NO_SUCH_HOST),
        (f"{LOOKUP}Temporary failure in name resolution", FaultCode.NAME_SERVER),
        (f"{LOOKUP}Non-recoverable failure", FaultCode.DNS),
        ("Connection refused (os error 111)", FaultCode.REFUSED),
        ("Connection reset by peer", FaultCode.RESET),
        ("connection closed before message completed", FaultCode.NO_ANSWER),
        ("end of file before message length reached", FaultCode.CUT_OFF),
        (f"{PEER}certificate expired: x not valid after 1700000000", FaultCode.CERTIFICATE_EXPIRED),
        (f"{PEER}x not valid before 1900000000", FaultCode.CERTIFICATE_NOT_YET_VALID),
        (f"{PEER}NotValidForName", FaultCode.CERTIFICATE_OTHER_HOST),
        (f"{PEER}UnknownIssuer", FaultCode.CERTIFICATE_UNKNOWN_ISSUER),
        (f"{PEER}Other(OtherError(CaUsedAsEndEntity))", FaultCode.CERTIFICATE_SELF_SIGNED),
        (f"{PEER}Other(OtherError(EkuError))", FaultCode.CERTIFICATE_PURPOSE),
        (f"{PEER}UnhandledCriticalExtension", FaultCode.CERTIFICATE_EXTENSION),
        (f"{PEER}UnsupportedSignatureAlgorithm", FaultCode.CERTIFICATE_SIGNATURE),
        (f"{PEER}Other(OtherError(UnsupportedCertVersion))", FaultCode.CERTIFICATE_VERSION),
        (f"{PEER}BadEncoding", FaultCode.CERTIFICATE_BROKEN),
        (f"{PEER}BadSignature", FaultCode.CERTIFICATE_BROKEN),
        ("received corrupt message of type InvalidContentType", FaultCode.NOT_TLS),
        ("tls handshake eof", FaultCode.TLS),
        (f"{ALERT}CertificateRequired", FaultCode.CLIENT_CERTIFICATE_MISSING),
        (f"{ALERT}UnknownCA", FaultCode.CLIENT_CERTIFICATE_REJECTED),
        (f"{ALERT}HandshakeFailure", FaultCode.TLS_VERSION),
        (f"{ALERT}ProtocolVersion", FaultCode.TLS_VERSION),
        (f"{ALERT}UnrecognisedName", FaultCode.TLS_HOST),
        (f"{ALERT}InternalError", FaultCode.TLS),
        ("invalid HTTP version parsed", FaultCode.NOT_HTTP),
        ("invalid header parsed", FaultCode.PROTOCOL),
        ("message head is too large", FaultCode.LARGE_HEADERS),
        ("invalid gzip header", FaultCode.BROKEN_ENCODING),
        ("failed to convert header to a str", FaultCode.REDIRECT_ADDRESS),
        ("tunnel error: proxy authorization required", FaultCode.PROXY_LOGIN),
        ("tunnel error: unsuccessful", FaultCode.PROXY_TARGET),
        ("tunnel error: unexpected end of file", FaultCode.PROXY_UNREACHABLE),
        ("SOCKS error: host unreachable", FaultCode.PROXY_TARGET),
        ("Network is unreachable", FaultCode.NO_ROUTE),
        ("No route to host", FaultCode.NO_ROUTE),
        ("URL scheme is not allowed", FaultCode.ADDRESS),
        ("Permission denied", FaultCode.FIREWALL),
        ("Too many open files", FaultCode.LOCAL),
        ("something new", FaultCode.NETWORK),
    ],
)
def test_messages(message: str, code: FaultCode) -> None:
    """Each message of the library is one fault."""
    assert diagnose(ErrorChain((message,), "h", timedelta(seconds=1))).fault == Fault(code)


def test_a_connection_that_takes_too_long() -> None:
    """A timeout before there is a connection is another one than that of the page."""
    chain = ErrorChain(("client error (Connect)", "operation timed out"), "h", timedelta(seconds=1))
    assert diagnose(chain).fault == Fault(FaultCode.CONNECT_TIMEOUT)


async def test_a_redirect_to_a_login(farm: Farm, prober: Prober) -> None:
    """The response names where redirects have led to, without its query, and with the secrets masked."""
    login = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /login/plantedsecret?next=%2Ftask\r\n\r\n"

    def reply(request: Request) -> bytes:
        return answer(b"<html>") if "/login" in request.line else login.encode()

    site = await farm.serve(answering(reply))
    address = f"{site.origin}/task?token=plantedsecret"
    found = await prober.probe(Task("https://shown/", address))
    assert isinstance(found, Response)
    assert found.redirected == "/login/***"
    verdict = evaluate(found, MAX_TIME, ZERO)
    assert verdict.reason == "redirected to /login/***, which is HTML, not JSON"
    assert verdict.fault == Fault(FaultCode.LOGIN_PAGE, "/login/***")


async def test_a_redirect_to_another_server(farm: Farm, prober: Prober) -> None:
    """Another server is named with its origin."""
    there = await farm.serve(answering(lambda _: answer(b"<html>")))
    target = f"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: {there.origin}/sso\r\n\r\n"
    here = await farm.serve(answering(lambda _: target.encode()))
    found = await prober.probe(Task("https://shown/", f"{here.origin}/task"))
    assert isinstance(found, Response)
    assert found.redirected == f"{there.origin}/sso"


async def test_no_redirect(farm: Farm, prober: Prober) -> None:
    """A page that is where it should be was not redirected."""
    site = await farm.serve(answering(lambda _: answer()))
    found = await prober.probe(Task("https://shown/", f"{site.origin}/task"))
    assert isinstance(found, Response)
    assert found.redirected is None


async def test_an_address_that_is_not_a_url(prober: Prober) -> None:
    """What cannot be requested is the fault of the settings."""
    found = await prober.probe(Task("https://shown/", "nonsense"))
    assert isinstance(found, NoResponse)
    assert found.fault == Fault(FaultCode.ADDRESS)
