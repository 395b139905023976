"""Who is let in, asked of the whole app."""

import logging
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from threading import Event, get_ident

import pytest
from flask import Flask
from tests.support.fake_data_source import FakeDataSource
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.test import TestResponse

from py_pinger.core.model.check import Status, Verdict
from py_pinger.core.model.incident import TaskSnapshot, TaskState
from py_pinger.web import Access, LoginState
from py_pinger.web.security import authenticator, password
from py_pinger.web.security.login_throttle import BURST, INTERVAL, PER_CLIENT

AppFor = Callable[..., Flask]

PASSWORD = "p\xe4ss: w\xf6rd"
HASHED = generate_password_hash(PASSWORD, "scrypt:256:8:1")
LOCKED = Access(password=HASHED)
WELL = TaskSnapshot("https://my-backend.com/ok", None, TaskState(Verdict(Status.OK)))
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

ROUTES = {
    "/": 200,
    "/?format=html": 200,
    f"/task/{WELL.url}": 200,
    "/task/https://elsewhere.example/": 404,
    f"/history/{WELL.url}": 200,
    "/incidents": 200,
    "/incidents.atom": 200,
    "/health": 200,
    "/healthz": 200,
    "/metrics": 200,
    "/wall": 200,
    f"/badge/{WELL.url}.svg": 200,
    "/badge/elsewhere.svg": 404,
    "/docs": 200,
    "/docs/push": 200,
    "/openapi.json": 200,
    "/push.openapi.json": 200,
    "/sample/": 200,
    "/sample/healthy": 200,
    "/nothing": 404,
    "/static/": 404,
}


@dataclass
class Visits:
    """Asks an app from wherever it is told; `now` is the time by which waits are measured."""

    now: float = 0.0
    app: Flask = field(init=False)

    def get(
        self, path: str = "/", password: str | None = None, peer: str = "192.0.2.1", **headers: str
    ) -> TestResponse:
        """Ask with this password, or with none."""
        if password is not None:
            given = b64encode(f"anybody:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {given}"
        environ = {"REMOTE_ADDR": peer}
        return self.app.test_client().get(path, headers=headers, environ_overrides=environ, buffered=True)

    def codes(self, passwords: list[str], **more: str) -> list[int]:
        """Return the codes that one after the other gets."""
        return [self.get(password=each, **more).status_code for each in passwords]


@pytest.fixture
def visits(app_for: AppFor) -> Callable[[Access], Visits]:
    """Return a function that makes visits to an app behind these doors."""

    def make(access: Access = LOCKED) -> Visits:
        made = Visits()
        made.app = app_for(WELL, samples=True, access=access, login=LoginState(lambda: made.now))
        return made

    return make


@pytest.mark.parametrize(("path", "status"), ROUTES.items(), ids=ROUTES)
def test_every_route_requires_the_password(
    visits: Callable[..., Visits], data: FakeDataSource, path: str, status: int
) -> None:
    """Whatever is asked for, known or not, nothing of it is told without the password, in either form."""
    made = visits()
    for accept, mimetype in ("*/*", "application/json"), (BROWSER, "text/html"):
        answer = made.get(path, Accept=accept)
        assert (answer.status_code, answer.mimetype) == (401, mimetype)
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Py Pinger", charset=UTF-8'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert authenticator.PASSWORD_REQUIRED in answer.text
        assert WELL.url not in answer.text
    assert data.calls == []
    assert made.get(path, PASSWORD).status_code == status


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_every_method_requires_the_password(visits: Callable[..., Visits], method: str) -> None:
    """No method goes round it."""
    assert visits().app.test_client().open("/", method=method).status_code == 401


@pytest.mark.parametrize(
    ("door", "opened"),
    [
        ("healthz", {"/healthz"}),
        ("task", {f"/task/{WELL.url}", "/task/https://elsewhere.example/"}),
        ("metrics", {"/metrics"}),
        ("wall", {"/wall"}),
        ("badge", {f"/badge/{WELL.url}.svg", "/badge/elsewhere.svg"}),
    ],
)
def test_a_public_door_opens_one_route(visits: Callable[..., Visits], door: str, opened: set[str]) -> None:
    """What is named in web_public is answered without the password, and nothing beside it."""
    made = visits(replace(LOCKED, public=frozenset({door})))
    assert {path for path in ROUTES if made.get(path).status_code != 401} == opened


@pytest.mark.parametrize(
    "path",
    [
        "/healthz/../",
        "/healthz%2f..%2f",
        "/healthz;/",
        "/HEALTHZ",
        "/task/../",
        "/task/",
        "/task",
        "/badge/../incidents",
        "/static/../",
        "/static/..%2f",
        "/static/%2e%2e/app.py",
    ],
)
def test_no_spelling_leads_past_the_password(visits: Callable[..., Visits], path: str) -> None:
    """A path that looks like an open one gives 401, 404 or nothing that is ours to hide."""
    made = visits(replace(LOCKED, public=frozenset({"healthz", "task", "badge"})))
    answer = made.get(path)
    assert answer.status_code in {401, 404}
    assert WELL.url not in answer.text


@pytest.mark.parametrize(
    "path", ["/static/pinger.css", "/static/pinger.js", "/static/icon-ok.svg", "/favicon.ico"]
)
def test_the_style_is_always_open(visits: Callable[..., Visits], path: str) -> None:
    """The page that asks for the password needs its style, which is the same in each Py Pinger."""
    assert visits().get(path).status_code in {200, 302}


@pytest.mark.parametrize(
    "given",
    [
        "Basic",
        "Basic ",
        "Basic ====",
        "Basic !!!",
        "Basic " + b64encode(b"nocolon").decode(),
        "Basic " + b64encode(b"a:\xff\xfe").decode(),
        "Basic YTpi, Basic YTpi",
        "Basic p\xe4ss",
        "Bearer " + PASSWORD.encode().hex(),
        "Digest username=a",
        "\xff",
        "Basic " + "A" * 20_000,
    ],
)
def test_broken_credentials_cause_no_internal_error(visits: Callable[..., Visits], given: str) -> None:
    """Invalid credentials are 401, whatever they are."""
    answer = visits().get(Authorization=given)
    assert (answer.status_code, list(answer.json or {})) == (401, ["error"])


@pytest.mark.parametrize("password", [PASSWORD, HASHED], ids=["plain", "hashed"])
def test_guessing_is_slowed(visits: Callable[..., Visits], password: str) -> None:
    """After a handful of wrong passwords a client waits, longer each time; even the right one waits then."""
    made = visits(Access(password=password))
    assert made.codes(["wrong"] * PER_CLIENT.first) == [401] * PER_CLIENT.first
    refused = made.get(password=PASSWORD)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json == {"error": authenticator.TOO_MANY}
    made.now += 1
    assert made.codes(["wrong", PASSWORD]) == [401, 429]
    made.now += 1.5
    assert made.get(password=PASSWORD).headers["Retry-After"] == "1"
    made.now += 0.5
    assert made.codes([PASSWORD] * 3) == [200] * 3


def test_simultaneous_wrong_passwords_are_slowed(app_for: AppFor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of passwords that come all at once no more are checked than of those that come one by one."""
    together, came, all_came = PER_CLIENT.first + 3, set[int](), Event()

    def tick() -> float:
        came.add(get_ident())
        if len(came) == together:
            all_came.set()
        return 0.0

    def compute(*_: str) -> bool:
        all_came.wait(30)
        return False

    monkeypatch.setattr(password, "check_password_hash", compute)
    made = Visits()
    made.app = app_for(WELL, access=LOCKED, login=LoginState(tick))
    with ThreadPoolExecutor(together) as pool:
        answers = list(pool.map(lambda _: made.get(password="wrong"), range(together)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [401] * PER_CLIENT.first + [429] * (together - PER_CLIENT.first)


def test_a_wait_applies_to_one_client(visits: Callable[..., Visits]) -> None:
    """While one client waits, the right password from another address is let in at once."""
    made = visits()
    assert 429 in made.codes(["wrong"] * (PER_CLIENT.first + 1))
    assert made.codes([PASSWORD], peer="192.0.2.2") == [200]
    assert made.codes([PASSWORD], peer="2001:db8::1") == [200]


def test_a_client_is_known_through_its_proxy(visits: Callable[..., Visits]) -> None:
    """Behind a trusted proxy clients are told apart; made-up headers of a proxy gain a stranger nothing."""
    made = visits(replace(LOCKED, proxies=(ip_network("127.0.0.1"),)))
    behind = {"peer": "127.0.0.1", "X-Real-IP": "192.0.2.7"}
    assert made.codes(["wrong"] * (PER_CLIENT.first + 1), **behind)[-1] == 429
    assert made.codes([PASSWORD], peer="192.0.2.7") == [429]
    assert made.codes([PASSWORD], **{"peer": "127.0.0.1", "X-Real-IP": "192.0.2.8"}) == [200]
    forged = [
        made.get(password="wrong", **{"X-Forwarded-For": f"1.1.1.{n}"}) for n in range(PER_CLIENT.first + 1)
    ]
    assert forged[-1].status_code == 429


def test_an_ipv6_network_is_one_client(visits: Callable[..., Visits]) -> None:
    """Other addresses of the same 64 bits do not start anew."""
    made = visits()
    codes = [made.get(password="wrong", peer=f"2001:db8::{number}").status_code for number in range(1, 9)]
    assert codes == [401] * PER_CLIENT.first + [429] * (8 - PER_CLIENT.first)


def test_many_clients_cannot_burn_the_cpu(
    visits: Callable[..., Visits], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many clients guess at once, so many slow comparisons are made; once it is known, none is."""
    computed: list[str] = []

    def compute(hashed: str, given: str) -> bool:
        computed.append(given)
        return check_password_hash(hashed, given)

    monkeypatch.setattr(password, "check_password_hash", compute)
    made = visits()
    peers = [f"198.51.{number}.1" for number in range(50)]
    codes = [made.get(password="wrong", peer=peer).status_code for peer in peers]
    assert codes == [401] * BURST + [429] * (50 - BURST)
    assert len(computed) == BURST
    made.now += INTERVAL
    assert made.codes([PASSWORD], peer="192.0.2.2") == [200]
    assert [made.get(password="wrong", peer=peer).status_code for peer in peers] == [401] * 50
    assert made.codes([PASSWORD] * 20, peer="192.0.2.2") == [200] * 20
    assert len(computed) == BURST + 1


def test_wrong_passwords_are_logged_and_not_shown(
    visits: Callable[..., Visits], caplog: pytest.LogCaptureFixture
) -> None:
    """The log says once a minute where wrong passwords come from, and nothing of the passwords."""
    made = visits()
    with caplog.at_level(logging.DEBUG):
        answers = [made.get(password="hunter2") for _ in range(3)]
        made.get(password=PASSWORD)
        made.get(password="hunter2", peer="2001:db8::5")
    assert caplog.messages == [
        "Wrong password for the web from 192.0.2.1",
        "Wrong password for the web from 2001:db8::/64",
    ]
    assert {answer.json["error"] for answer in answers if answer.json} == {authenticator.WRONG_PASSWORD}
    assert "hunter2" not in caplog.text + "".join(answer.text + str(answer.headers) for answer in answers)


@pytest.mark.parametrize("access", [LOCKED, Access()], ids=["locked", "open"])
@pytest.mark.parametrize(
    ("host", "port", "status"),
    [("evil.example:3002", "3002", 421), ("a b", "3002", 400), ("evil.example", "80", 421)],
)
def test_a_wrong_name_is_refused_first(
    visits: Callable[..., Visits], access: Access, host: str, port: str, status: int
) -> None:
    """On every route a name that is not ours gets one sentence, in either form, that does not repeat it."""
    client = visits(access).app.test_client()
    for path in {*ROUTES, "/static/pinger.css"} - {"/healthz", "/metrics"}:
        for accept, mimetype in ("*/*", "application/json"), (BROWSER, "text/html"):
            answer = client.get(
                path, headers={"Host": host, "Accept": accept}, environ_overrides={"SERVER_PORT": port}
            )
            assert (answer.status_code, answer.mimetype) == (status, mimetype)
            assert host not in answer.text
            assert "WWW-Authenticate" not in answer.headers


def test_the_error_for_a_rejected_name_names_the_key(visits: Callable[..., Visits]) -> None:
    """The error says which key to set."""
    environ = {"SERVER_PORT": "3002"}
    answer = (
        visits().app.test_client().get("/", headers={"Host": "new.example:3002"}, environ_overrides=environ)
    )
    assert answer.json == {"error": "Unknown host name. Add it to web_hosts in [main], or use localhost."}


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
@pytest.mark.parametrize("host", ["pinger.monitoring.svc:3002", "py-pinger:3002", "evil.example:3002"])
def test_monitoring_systems_may_use_any_name(visits: Callable[..., Visits], path: str, host: str) -> None:
    """A Prometheus gets its answer by any name; a browser, which a foreign page may steer, does not."""
    made, environ = visits(Access()), {"SERVER_PORT": "3002"}
    client = made.app.test_client()
    assert client.get(path, headers={"Host": host}, environ_overrides=environ).status_code == 200
    for name in ("Accept-Language", "Origin", "Sec-Fetch-Site"):
        headers = {"Host": host, name: "x"}
        assert client.get(path, headers=headers, environ_overrides=environ).status_code == 421


def test_a_reload_forgets_no_waits(app_for: AppFor) -> None:
    """An app for changed settings that has the same login state keeps a client waiting."""
    made, login = Visits(), LoginState(lambda: 0.0)
    made.app = app_for(WELL, access=LOCKED, login=login)
    assert made.codes(["wrong"] * PER_CLIENT.first) == [401] * PER_CLIENT.first
    made.app = app_for(WELL, access=Access(password="another"), login=login)
    assert made.codes(["another"]) == [429]
