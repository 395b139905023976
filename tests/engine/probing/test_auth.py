"""Tokens: where they come from, and where they go."""

from __future__ import annotations

from asyncio import CancelledError, Event, create_task, gather
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from pydantic import SecretStr
from tests.support.tcp_server import Farm, Peer, Request, Site, answer, answering, saying

from py_pinger.config import TokenAuth
from py_pinger.core.model.check import NoResponse, ProbeFailure, ProbeResult, Response
from py_pinger.core.model.task import Task
from py_pinger.engine.probing.auth import FAILURE_KEPT, Login, RenewalLimit, Token, TokenSource, token_source
from py_pinger.engine.probing.fetcher import Prober
from py_pinger.engine.probing.http_client import HttpClient
from py_pinger.engine.probing.probe_errors import ProbeError

ZERO = timedelta(0)
SOON = timedelta(seconds=0.3)
REPORT = b'{"status": "ok", "lastrun": "2026-11-22T10:05:00Z", "frequency": 60}'
OK = Response(200, REPORT, ZERO)
REFUSED = Response(401, b"", ZERO)


class Clock:
    """A clock that tests turn, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Backend:
    """A login that gives token after token, and a page behind it that takes the newest alone."""

    def __init__(self) -> None:
        self.token = ""
        self.logins = 0

    def reply(self, request: Request) -> bytes:
        """Answer as a backend does."""
        if request.line.startswith("POST"):
            self.logins += 1
            self.token = f"token-{self.logins}"
            return answer(orjson.dumps({"auth_token": self.token}))
        shown = request.headers.get("authorization")
        return answer(REPORT) if shown == self.token else answer(b"", "401 Unauthorized")


def by_login(site: Site, clock: Clock | None = None, timeout: timedelta = timedelta(seconds=10)) -> Login:
    """Return the login at a site."""
    url = f"http://u:p@127.0.0.1:{site.port}/login?token=hidden"
    auth = TokenAuth(url=url, username="me", password=SecretStr("secret"))
    source = token_source(auth, timeout, clock or Clock())
    assert isinstance(source, Login)
    return source


def always(source: TokenSource) -> Callable[[Task], TokenSource]:
    """Return what gives each task the same source of tokens."""
    return lambda _: source


async def fetched(prober: Prober, url: str) -> ProbeResult:
    """Ask for a page, and return the answer without the time it took."""
    return replace(await prober.probe(Task("https://shown/", url)), duration=ZERO)


def no_login(site: Site, why: str) -> NoResponse:
    """Return what people see when a login failed."""
    shown = f"http://***@127.0.0.1:{site.port}/login?token=***"
    return NoResponse(ProbeFailure.LOGIN, f"could not log in at {shown}: {why}", ZERO)


def presented(site: Site, header: str = "authorization") -> list[str | None]:
    """Return what each request for a page showed."""
    return [one.headers.get(header) for one in site.requests if one.line.startswith("GET")]


async def test_static_token(farm: Farm) -> None:
    """A static token goes along in its header, after its prefix."""
    site = await farm.serve(answering(lambda _: answer(REPORT)))
    auth = TokenAuth(token=SecretStr("abc"), header="X-Auth", prefix="Bearer ")
    async with Prober(1000, always(token_source(auth, SOON))) as prober:
        assert await fetched(prober, site.url) == OK
    assert set(presented(site, "x-auth")) == {"Bearer abc"}


async def test_refused_static_token(farm: Farm) -> None:
    """A static token that is refused leaves the page's own 401, asked for once."""
    site = await farm.serve(answering(lambda _: answer(b"", "401 Unauthorized")))
    async with Prober(1000, always(token_source(TokenAuth(token=SecretStr("abc")), SOON))) as prober:
        assert await fetched(prober, site.url) == REFUSED
    assert presented(site) == ["abc"]


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Authorization", ["Basic dTpw", None]),
        ("authorization", ["Basic dTpw", None]),
        ("X-Auth", ["Basic dTpw", "abc"]),
    ],
)
async def test_token_and_credentials(farm: Farm, header: str, shown: list[str | None]) -> None:
    """A URL's own credentials replace a token in the same header, and go along with one in another."""
    site = await farm.serve(answering(lambda _: answer(REPORT)))
    auth = TokenAuth(token=SecretStr("abc"), header=header)
    async with Prober(1000, always(token_source(auth, SOON))) as prober:
        await fetched(prober, f"http://u:p@127.0.0.1:{site.port}/")
    assert [*presented(site), *presented(site, "x-auth")] == shown


async def test_refused_credentials(farm: Farm) -> None:
    """Credentials of a URL that are refused are no reason to log in again."""
    backend = Backend()
    site = await farm.serve(answering(backend.reply))
    async with Prober(1000, always(by_login(site))) as prober:
        assert await fetched(prober, f"http://u:p@127.0.0.1:{site.port}/") == REFUSED
    assert (presented(site), backend.logins) == (["Basic dTpw"], 1)


async def test_token_stays_home(farm: Farm) -> None:
    """A token never goes along a redirect to another origin, and is back on the way home."""
    home = await farm.serve(
        answering(lambda asked: answer(REPORT) if "back" in asked.line else redirect(f"{away.origin}/x"))
    )
    away = await farm.serve(answering(lambda _: redirect(f"{home.origin}/back")))
    async with Prober(1000, always(token_source(TokenAuth(token=SecretStr("abc")), SOON))) as prober:
        assert await fetched(prober, home.url) == OK
    assert (presented(home), presented(away)) == (["abc", "abc"], [None])


async def test_refusal_elsewhere(farm: Farm) -> None:
    """A 401 of another origin may be that of a login page, so it costs one more login, and not two."""
    backend = Backend()
    login = await farm.serve(answering(backend.reply))
    away = await farm.serve(answering(lambda _: answer(b"", "401 Unauthorized")))
    home = await farm.serve(answering(lambda _: redirect(f"{away.origin}/x")))
    async with Prober(1000, always(by_login(login))) as prober:
        assert [await fetched(prober, home.url) for _ in range(2)] == [REFUSED] * 2
    assert backend.logins == 2


@pytest.mark.parametrize("prefix", ["", "Bearer "])
async def test_echoed_token(farm: Farm, prefix: str) -> None:
    """A token that a page shows comes back as ***, with its prefix and without."""
    site = await farm.serve(answering(lambda asked: answer(f"{asked.headers} only t0k/en".encode())))
    auth = TokenAuth(token=SecretStr("t0k/en"), prefix=prefix)
    async with Prober(1000, always(token_source(auth, SOON))) as prober:
        found = await fetched(prober, site.url)
    assert isinstance(found, Response)
    assert b"'authorization': '***'" in found.body
    assert found.body.endswith(b"only ***")


def redirect(location: str) -> bytes:
    """Return a redirect."""
    return answer(b"", "302 Found", f"Location: {location}")


async def test_login(farm: Farm) -> None:
    """User name and password are posted as JSON, and the token is kept for the checks to come."""
    backend = Backend()
    site = await farm.serve(answering(backend.reply))
    async with Prober(1000, always(by_login(site))) as prober:
        answers = await gather(*(fetched(prober, site.url) for _ in range(100)))
    assert answers == [OK] * 100
    login = site.requests[0]
    assert login.line == "POST /login?token=hidden HTTP/1.1"
    assert orjson.loads(login.body) == {"email": "me", "password": "secret"}
    assert login.headers["content-type"] == "application/json"
    assert login.headers["authorization"] == "Basic dTpw"
    assert (presented(site), backend.logins) == (["token-1"] * 100, 1)


async def test_login_fields(farm: Farm) -> None:
    """The names of the fields, the header and the prefix are as the settings say."""
    site = await farm.serve(answering(lambda _: answer(b'{"jwt": "abc"}')))
    auth = TokenAuth(
        url=site.url,
        username="me",
        header="X-Auth",
        prefix="Bearer ",
        username_field="user",
        password_field="pass",
        token_field="jwt",
    )
    async with Prober(1000, always(token_source(auth, timedelta(seconds=10)))) as prober:
        await fetched(prober, site.url)
    assert orjson.loads(site.requests[0].body) == {"user": "me", "pass": ""}
    assert set(presented(site, "x-auth")) == {"Bearer abc"}


async def test_expired_token(farm: Farm) -> None:
    """However many checks find that a token has expired, there is one new login, and all go well."""
    backend = Backend()
    site = await farm.serve(answering(backend.reply))
    async with Prober(1000, always(by_login(site))) as prober:
        await fetched(prober, site.url)
        backend.token = "expired"
        answers = await gather(*(fetched(prober, site.url) for _ in range(100)))
    assert (answers, backend.logins) == ([OK] * 100, 2)


EXPIRED = [
    answer(b"", "401 Unauthorized"),
    answer(b"", "403 Forbidden"),
    answer(b"", "419 Page Expired"),
    answer(b"", "440 Login Timeout"),
    answer(b"", "498 Invalid Token"),
    answer(b"", "302 Found", "Location: /login"),
    answer(b"", "302 Found", "Location: http://127.0.0.1:1/login"),
    answer(b'{"error": "token expired"}'),
    answer(b'{"status": "error", "message": "token expired"}'),
    answer(b"<html>Log in</html>"),
]


@pytest.mark.parametrize("rejection", EXPIRED, ids=range(len(EXPIRED)))
async def test_expired_token_in_many_forms(farm: Farm, rejection: bytes) -> None:
    """Whatever a server answers to an expired token, the next check logs in again and succeeds."""
    backend = Backend()

    def reply(asked: Request) -> bytes:
        if asked.line.startswith("GET /login"):
            return answer(b"<html>Log in</html>")
        found = backend.reply(asked)
        return rejection if found.startswith(b"HTTP/1.1 401") else found

    site = await farm.serve(answering(reply))
    async with Prober(1000, always(by_login(site))) as prober:
        assert await fetched(prober, site.url) == OK
        for _ in range(3):
            backend.token = "expired"
            assert await fetched(prober, site.url) == OK
    assert backend.logins == 4


@pytest.mark.parametrize("status", ["500 Oh", "503 Service Unavailable", "404 Not Found"])
async def test_other_errors_cost_no_login(farm: Farm, status: str) -> None:
    """An error that says nothing about the token is no reason to log in again."""
    backend = Backend()
    login = await farm.serve(answering(backend.reply))
    site = await farm.serve(answering(lambda _: answer(b"", status)))
    async with Prober(1000, always(by_login(login))) as prober:
        await fetched(prober, site.url)
    assert backend.logins == 1


async def test_useless_renewals_are_bounded(farm: Farm) -> None:
    """A page that rejects each token costs one more login, not one for each check; others go on renewing."""
    backend = Backend()
    login = await farm.serve(answering(backend.reply))
    forbidden = await farm.serve(answering(lambda _: answer(b"", "403 Forbidden")))
    async with Prober(1000, always(by_login(login))) as prober:
        for _ in range(20):
            assert (await prober.probe(Task("https://forbidden/", forbidden.url))).duration >= ZERO
        assert backend.logins == 2
        backend.token = "expired"
        assert await fetched(prober, login.url) == OK
    assert backend.logins == 3


def test_pauses_between_useless_renewals() -> None:
    """The pause doubles up to an hour, for each task by itself, and ends with a success."""
    clock = Clock()
    limit = RenewalLimit(clock)
    for pause in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        assert limit.allows("a")
        limit.note("a", useful=False)
        clock.now += pause - 1
        assert not limit.allows("a")
        assert limit.allows("b")
        clock.now += 1
    limit.note("a", useful=False)
    limit.note("a", useful=True)
    assert limit.allows("a")


def test_limited_tasks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The task that was limited first is forgotten where there are too many."""
    monkeypatch.setattr("py_pinger.engine.probing.auth.MAX_LIMITED", 2)
    limit = RenewalLimit(Clock())
    for url in ("a", "b", "b", "c"):
        limit.note(url, useful=False)
    assert [limit.allows(url) for url in "abc"] == [True, False, False]


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_refused_for_good(farm: Farm, status: str) -> None:
    """A page that refuses the new token too is told as it stands, after one more login."""
    backend = Backend()
    login = await farm.serve(answering(backend.reply))
    site = await farm.serve(answering(lambda _: answer(b"", status)))
    async with Prober(1000, always(by_login(login))) as prober:
        assert await fetched(prober, site.url) == Response(int(status[:3]), b"", ZERO)
    assert (presented(site), backend.logins) == (["token-1", "token-2"], 2)


async def test_replaced_token(farm: Farm) -> None:
    """A refusal of a token that has been replaced meanwhile gives the new one, without a login."""
    backend = Backend()
    source = by_login(await farm.serve(answering(backend.reply)))
    async with HttpClient(1000) as http_client:
        old = await source.token(http_client)
        assert isinstance(old, Token)
        new = await source.token(http_client, rejected=old)
        assert await source.token(http_client, rejected=old) is new
    assert backend.logins == 2


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (answer(b"", "500 Internal Server Error"), "HTTP 500 Internal Server Error"),
        (answer(b"", "401 Unauthorized"), "HTTP 401 Unauthorized"),
        (answer(b"hello"), "the answer is not JSON"),
        (answer(b"[" * 100_000), "the answer is not JSON"),
        (answer(b"[1]"), 'the answer is not a JSON object with a text in "auth_token"'),
        (answer(b'{"token": "abc"}'), 'the answer is not a JSON object with a text in "auth_token"'),
        (answer(b'{"auth_token": 7}'), 'the answer is not a JSON object with a text in "auth_token"'),
        (answer(b'{"auth_token": ""}'), 'the answer is not a JSON object with a text in "auth_token"'),
        (
            answer(b'{"auth_token": "a\\r\\nX-Evil: 1"}'),
            "the token has characters that are not allowed in a header",
        ),
        (
            answer('{"auth_token": "тайна"}'.encode()),
            "the token has characters that are not allowed in a header",
        ),
        (
            redirect("http://127.0.0.1:1/login"),
            "it redirects, and the password is not sent to another address",
        ),
        (answer(b" " * 2_000_000), "the answer is larger than 1 MiB"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "not HTTP"),
    ],
)
async def test_failed_login(farm: Farm, reply: bytes, why: str) -> None:
    """A login that fails says where and why, with its secrets masked; no page is asked without a token."""
    site = await farm.serve(saying(reply))
    async with Prober(1000, always(by_login(site))) as prober:
        assert await fetched(prober, site.url) == no_login(site, why)
    assert len(site.requests) == 1


async def test_silent_login(farm: Farm) -> None:
    """A login that says nothing ends with its own timeout."""

    async def mute(peer: Peer) -> None:
        await peer.request()
        await peer.reader.read()

    site = await farm.serve(mute)
    async with Prober(1000, always(by_login(site, timeout=SOON))) as prober:
        assert await fetched(prober, site.url) == no_login(site, "no answer within 0.3 s")


async def test_failure_is_shared(farm: Farm) -> None:
    """Checks at once, and for a moment after, share one failed login; then it is tried again."""
    backend, clock = Backend(), Clock()
    failures = [answer(b"", "503 Service Unavailable")]
    site = await farm.serve(
        answering(lambda asked: failures.pop() if failures else backend.reply(asked)),
    )
    failed = no_login(site, "HTTP 503 Service Unavailable")
    async with Prober(1000, always(by_login(site, clock))) as prober:
        assert await gather(*(fetched(prober, site.url) for _ in range(100))) == [failed] * 100
        clock.now += FAILURE_KEPT - 0.1
        assert await fetched(prober, site.url) == failed
        assert len(site.requests) == 1
        clock.now += 0.1
        assert await fetched(prober, site.url) == OK


async def test_failed_renewal(farm: Farm) -> None:
    """A failed renewal is told where the token was refused; pages that still take it go on."""
    backend = Backend()
    failing = False
    login = await farm.serve(
        answering(lambda asked: answer(b"", "500 Oh") if failing else backend.reply(asked))
    )
    picky = await farm.serve(answering(lambda _: answer(b"", "403 Forbidden")))
    easy = await farm.serve(answering(lambda _: answer(REPORT)))
    async with Prober(1000, always(by_login(login))) as prober:
        assert await fetched(prober, easy.url) == OK
        failing = True
        assert await fetched(prober, picky.url) == no_login(login, "HTTP 500 Internal Server Error")
        assert await fetched(prober, easy.url) == OK
    assert (presented(easy), presented(picky)) == (["token-1", "token-1"], ["token-1"])


async def test_cancelled_login(farm: Farm) -> None:
    """A check that is cancelled while it logs in leaves the others waiting for a login of their own."""
    backend, asked = Backend(), Event()

    async def manner(peer: Peer) -> None:
        first = not asked.is_set()
        request = await peer.request()
        asked.set()
        await (peer.reader.read() if first else peer.send(backend.reply(request)))

    source = by_login(await farm.serve(manner))
    async with HttpClient(1000) as http_client:
        first, second = create_task(source.token(http_client)), create_task(source.token(http_client))
        await asked.wait()
        first.cancel()
        with pytest.raises(CancelledError):
            await first
        assert isinstance(await second, Token)


async def test_bad_login_address() -> None:
    """An address that cannot be asked is told as such."""
    auth = TokenAuth.model_construct(url="http://u:secret@h:99999/", username="me")
    async with HttpClient(1000) as http_client:
        assert await Login(auth, SOON, Clock()).token(http_client) == ProbeError(
            ProbeFailure.LOGIN,
            "could not log in at http://***@h:99999/: the address is not a URL: invalid port number",
        )


async def test_a_local_failure_while_logging_in(farm: Farm) -> None:
    """A login that fails for a local reason does not count against the task."""
    site = await farm.serve(answering(lambda _: answer(REPORT)))
    http_client = HttpClient(1000)
    await http_client.close()
    shown = f"http://***@127.0.0.1:{site.port}/login?token=***"
    assert await by_login(site).token(http_client) == ProbeError(
        ProbeFailure.LOCAL, f"could not log in at {shown}: Py Pinger stopped before the answer came"
    )


def test_secrets_are_not_shown() -> None:
    """A token's repr does not tell it."""
    assert repr(Token("Authorization", "Bearer secret", "secret")) == "Token(header='Authorization')"
