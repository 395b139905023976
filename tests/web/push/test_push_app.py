"""The routes of pushes, as clients see them."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network

import orjson
import pytest
from tests.support.fake_data_source import NOW, FakeDataSource

from py_pinger.config.values.lists import Network
from py_pinger.core.model.push import LOG_KEPT, PushedReport, PushKind, Receipt
from py_pinger.core.model.task import Expectations, PushIdentity, Task
from py_pinger.core.push.routes import LONGEST_BODY, TAIL
from py_pinger.web import LoginState, PageSettings, WebServer, create_app
from py_pinger.web.http import connection, loop_app, server
from py_pinger.web.push import push_app
from py_pinger.web.push.push_app import PushAccess
from py_pinger.web.push.push_gate import BURST, INTERVAL, PER_CLIENT, PushThrottle
from py_pinger.web.security.access import DEFAULT, Access
from py_pinger.web.security.login_throttle import LOG_INTERVAL

KEY = "0123456789-abcdefghij"
TOKEN = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
RID = "1bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
HOURLY = Expectations(timedelta(hours=1))
SHARED = Task("push:job", "push:job", push=PushIdentity("job"), expectations=HOURLY)
OWN = Task("push:own", "push:own", push=PushIdentity("own", TOKEN), expectations=HOURLY)
OK = ("200 OK", "OK")


@dataclass
class FakeInbox:
    """Takes pushes, and answers each with one receipt, or never with None."""

    receipt: Receipt | Exception | None = Receipt.STORED
    pushes: list[PushedReport] = field(default_factory=list)

    def submit(self, push: PushedReport, answer: Callable[[Receipt], None]) -> None:
        """Note a push."""
        self.pushes.append(push)
        if isinstance(self.receipt, Exception):
            raise self.receipt
        if self.receipt:
            answer(self.receipt)


@dataclass
class Clock:
    """Seconds that a test sets."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.seconds


@dataclass
class Served:
    """A server with the routes of two tasks."""

    server: WebServer
    inbox: FakeInbox
    clock: Clock
    access: PushAccess

    def send(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[str, str, dict[str, str]]:
        """Send a request; return the status, the body and the headers of the response."""
        given = {"Host": f"localhost:{self.server.port}", "Connection": "close"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if body is not None:
            given["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{key}: {text}\r\n" for key, text in given.items())
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(head.encode() + b"\r\n" + (body or b""))
            response = b"".join(iter(lambda: connection.recv(65536), b""))
        start, _, content = response.partition(b"\r\n\r\n")
        status, *lines = start.decode().split("\r\n")
        return (
            status.partition(" ")[2],
            content.decode(),
            {line.partition(": ")[0]: line.partition(": ")[2] for line in lines},
        )

    def status(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[str, str]:
        """Send a request; return the status and the body of the response."""
        return self.send(method, path, body, **headers)[:2]

    def connected(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=30)

    def use(self, proxies: Sequence[Network] = DEFAULT.proxies, **changes: object) -> None:
        """Serve with other settings."""
        self.access = replace(self.access, **changes)  # type: ignore[arg-type]  # its fields
        pages = create_app(
            FakeDataSource(),
            PageSettings([], push=self.access, access=Access(password="secret")),
            lambda: NOW,
            LoginState(self.clock),
        )
        self.server.show(pages, proxies, pages.loop_app)


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve the routes, with a web password in front of the pages."""
    inbox = FakeInbox()
    access = PushAccess([SHARED, OWN], inbox, PushThrottle(), KEY)
    served = Served(WebServer("127.0.0.1", 0), inbox, Clock(), access)
    served.use()
    served.server.start()
    try:
        yield served
    finally:
        served.server.stop()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("path", "push"),
    [
        (f"/ping/{KEY}/job", PushedReport("push:job", PushKind.SUCCESS, NOW)),
        (f"/ping/{KEY}/job/start?rid={RID}", PushedReport("push:job", PushKind.START, NOW, RID)),
        (f"/ping/{KEY}/job/fail?create=1", PushedReport("push:job", PushKind.FAIL, NOW)),
        (f"/ping/{KEY}/job/log", PushedReport("push:job", PushKind.LOG, NOW)),
        (f"/ping/{KEY}/job/0", PushedReport("push:job", PushKind.SUCCESS, NOW, exit_code=0)),
        (
            f"/ping/{TOKEN}/3?rid={RID.upper()}",
            PushedReport("push:own", PushKind.FAIL, NOW, RID, exit_code=3),
        ),
    ],
)
def test_a_ping_is_stored(served: Served, method: str, path: str, push: PushedReport) -> None:
    """By any of the methods, without the web password."""
    status, body, headers = served.send(method, path)
    assert (status, body) == ("200 OK", "" if method == "HEAD" else "OK")
    assert headers["Ping-Body-Limit"] == str(LOG_KEPT)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert served.inbox.pushes == [push]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"/ping/{KEY}/other", ("404 Not Found", "not found")),
        (f"/ping/{KEY[:-1]}/job", ("404 Not Found", "not found")),
        (f"/ping/{KEY}/own", ("404 Not Found", "not found")),
        (f"/ping/{RID}", ("404 Not Found", "not found")),
        (f"/ping/{KEY}/job/stop", ("404 Not Found", "not found")),
        ("/ping/", ("404 Not Found", "not found")),
        ("/report/job", ("405 Method Not Allowed", "Method not allowed; use POST.")),
        (f"/ping/{KEY}/job/256", ("400 Bad Request", "invalid url format")),
        (f"/ping/{KEY}/job?rid=1", ("400 Bad Request", "invalid uuid format")),
        (f"/ping/{KEY}/job?rid=", ("400 Bad Request", "invalid uuid format")),
        (f"/ping/{KEY}/job?rid", ("400 Bad Request", "invalid uuid format")),
        (f"/ping/{KEY}/job?%72id=1", ("400 Bad Request", "invalid uuid format")),
    ],
)
def test_an_invalid_url_has_one_answer(served: Served, path: str, answer: tuple[str, str]) -> None:
    """All that is wrong with a secret or a slug looks the same."""
    assert served.status("GET", path) == answer
    assert served.inbox.pushes == []


def test_other_methods_are_not_allowed(served: Served) -> None:
    """The answer names those that are."""
    status, body, headers = served.send("PUT", f"/ping/{KEY}/job", b"x")
    assert (status, body) == ("405 Method Not Allowed", "Method not allowed; use GET or POST.")
    assert headers["Allow"] == "GET, HEAD, POST"


def test_the_end_of_a_log_is_kept_without_secrets(served: Served) -> None:
    """A body is read to its end, however long, and the client's own URL is masked in it."""
    log = b"x" * (LONGEST_BODY - len(KEY) - 6) + b"\n" + KEY.encode() + b" full"
    assert served.status("POST", f"/ping/{KEY}/job/fail", log) == OK
    (push,) = served.inbox.pushes
    assert (push.log[-10:], len(push.log)) == ("x\n*** full", LOG_KEPT)


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_secrets_of_any_task_are_masked(served: Served, kind: str) -> None:
    """Neither a log nor a report shows the key or a UUID, also where colours stand within it."""
    said = f"GET /ping/{TOKEN.upper()} {KEY} {RID}"
    log = f"{said} {KEY[:5]}\x1b[1m{KEY[5:]}"
    body = f'{{"status":"error","reason":"{said}"}}' if kind == "application/json" else log
    assert served.status("POST", f"/ping/{KEY}/job/fail", body.encode(), Content_Type=kind) == OK
    (push,) = served.inbox.pushes
    shown = push.log or str(push.report and push.report.reason)
    assert shown.startswith(f"GET /ping/*** *** {RID}")
    assert KEY not in shown
    assert KEY.encode() not in (push.document or b"")


def test_a_chunked_log_is_read(served: Served) -> None:
    """Some clients do not know the length of their log."""
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    head = f"POST /ping/{KEY}/job HTTP/1.1\r\nHost: localhost:{served.server.port}\r\n"
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert served.inbox.pushes[0].log == "hello world"


def test_a_body_that_is_too_long_is_rejected(served: Served) -> None:
    """The limit is that of these routes alone."""
    assert served.status("POST", f"/ping/{KEY}/job", b"x" * LONGEST_BODY) == OK
    # The server answers as soon as it knows the length.
    for path, length in ((f"/ping/{KEY}/job", LONGEST_BODY + 1), ("/silences", LONGEST_BODY)):
        assert served.status("POST", path, Content_Length=str(length))[0].startswith("413")


@pytest.mark.parametrize(
    ("header", "piece"),
    [("Content-Length: 999999", b"x"), ("Transfer-Encoding: chunked", b"1\r\nx\r\n")],
    ids=["length", "chunks"],
)
def test_slow_bodies_harm_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch, header: str, piece: bytes
) -> None:
    """A log that comes byte by byte is given up, whoever sends it, and others report meanwhile."""
    monkeypatch.setattr(connection, "ARRIVAL_LIMIT", 0.4)
    monkeypatch.setattr(server, "SLOW_CHECK", 0.05)
    head = f"POST /ping/{KEY}/job HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode()
    with ExitStack() as opened:
        slow = [opened.enter_context(served.connected()) for _ in range(2 * server.THREADS)]
        for each in slow:
            each.sendall(head)
        while slow:
            assert served.status("GET", f"/ping/{TOKEN}/log")[0] in {"200 OK", "429 Too Many Requests"}
            slow = [each for each in slow if is_sent(each, piece)]
    assert {push.url for push in served.inbox.pushes} == {OWN.url}


def test_slow_bodies_are_limited(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """One client has so many connections, whatever it does with them."""
    monkeypatch.setattr(server, "CLIENT_LIMIT", 3)
    served.use(proxies=(ip_network("203.0.113.0/24"),))
    head = f"POST /ping/{KEY}/job HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n".encode()
    with ExitStack() as opened:
        slow = [opened.enter_context(served.connected()) for _ in range(3)]
        for each in slow:
            each.sendall(head)
        with served.connected() as one_more:
            assert one_more.recv(100) == b""
        slow[0].sendall(b"123456789")
        assert slow[0].recv(100).startswith(b"HTTP/1.1 200 OK")


def is_sent(connection: socket.socket, piece: bytes) -> bool:
    """Return True if a piece of a body could be sent."""
    try:
        connection.sendall(piece)
    except OSError:
        return False
    return True


def test_no_logs_are_kept_if_none_are_wanted(served: Served) -> None:
    """With `push_logs=false` not even the reason of a failure has lines of it."""
    served.use(keep_logs=False)
    assert served.status("POST", f"/ping/{KEY}/job/1", b"secret") == OK
    assert served.inbox.pushes[0].log == ""


def test_json_is_a_report(served: Served) -> None:
    """It is read by the contract, by any of the routes."""
    body, kind = orjson.dumps({"server": "web-1"}), "application/json; charset=utf-8"
    assert served.status("POST", f"/ping/{KEY}/job", body, Content_Type=kind) == OK
    bearer = f"Bearer {KEY}"
    assert served.status("POST", "/report/job", body, Content_Type=kind, Authorization=bearer) == OK
    for push in served.inbox.pushes:
        assert push.report
        assert (push.kind, push.report.server, push.report.lastrun) == (PushKind.SUCCESS, "web-1", NOW)
        assert push.document


def test_json_against_the_contract_is_rejected_with_the_reason(served: Served) -> None:
    """The sender learns what is wrong."""
    answer = served.status("POST", f"/ping/{KEY}/job", b'{"status":"fine"}', Content_Type="application/json")
    assert answer == ("400 Bad Request", 'status "fine" is neither ok nor error')
    assert served.inbox.pushes == []


@pytest.mark.parametrize("start", [b"[" + b" " * TAIL, b'{"reason": "' + b"x" * 100_000])
def test_a_long_report_is_rejected_as_too_long(served: Served, start: bytes) -> None:
    """Only its end is held, and the end of JSON is not JSON: the sender learns the real reason."""
    answer = served.status("POST", f"/ping/{KEY}/job", start + b'"}', Content_Type="application/json")
    assert answer == ("400 Bad Request", f"the report has more than {TAIL} bytes")


def test_a_log_in_json_is_a_log(served: Served) -> None:
    """What is sent to `/log` is never read as a report."""
    assert served.status("POST", f"/ping/{KEY}/job/log", b"[]", Content_Type="application/json") == OK
    assert served.inbox.pushes[0].log == "[]"


@pytest.mark.parametrize("header", [{}, {"Authorization": f"Basic {KEY}"}, {"Authorization": "Bearer x"}])
def test_a_report_needs_the_key(served: Served, header: dict[str, str]) -> None:
    """Without it the answer is that of a wrong URL."""
    assert served.status("POST", "/report/job", b"x", **header) == ("404 Not Found", "not found")


def test_only_post_counts_if_wanted(served: Served) -> None:
    """Link previews and mail scanners request URLs by GET."""
    served.use(post_only=True)
    assert [served.status(each, f"/ping/{KEY}/job")[0] for each in ("GET", "HEAD", "POST")] == ["200 OK"] * 3
    assert len(served.inbox.pushes) == 1


def test_reports_are_limited_and_failures_are_not(served: Served) -> None:
    """A failure is never dropped, in whatever form it comes."""
    answers = [served.send("GET", f"/ping/{KEY}/job") for _ in range(BURST + 1)]
    assert [answer[0] for answer in answers] == ["200 OK"] * BURST + ["429 Too Many Requests"]
    assert answers[-1][2]["Retry-After"] == str(int(INTERVAL))
    assert served.status("GET", f"/ping/{KEY}/job/fail") == OK
    assert served.status("GET", f"/ping/{KEY}/job/1") == OK
    assert [push.excess for push in served.inbox.pushes[-2:]] == [True, True]
    failing = b'{"status":"error"}'
    assert served.status("POST", f"/ping/{KEY}/job", failing, Content_Type="application/json") == OK
    assert served.status("GET", f"/ping/{TOKEN}") == OK


def test_a_client_waits_after_wrong_keys(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """The fifth wrong one is answered, the next not even compared; the log has no URL."""
    wrong = [served.status("GET", f"/ping/{KEY}x/job")[0] for _ in range(PER_CLIENT.first + 1)]
    assert wrong == ["404 Not Found"] * PER_CLIENT.first + ["429 Too Many Requests"]
    assert served.status("GET", f"/ping/{KEY}/job")[0] == "429 Too Many Requests"
    served.clock.seconds = 60
    assert served.status("GET", f"/ping/{KEY}/job") == OK
    served.status("GET", f"/ping/{KEY}x/job")
    assert served.status("GET", f"/ping/{KEY}/job") == OK
    assert KEY not in caplog.text


def test_wrong_keys_of_many_clients_are_one_line_a_minute(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key is logged at once; those that follow are counted, whoever sends them."""
    for last in range(1, 5):
        served.status("GET", f"/ping/{KEY}x/job", X_Forwarded_For=f"192.0.2.{last}")
    served.clock.seconds = LOG_INTERVAL
    served.status("GET", f"/ping/{KEY}x/job", X_Forwarded_For="192.0.2.9")
    assert caplog.messages == [
        "Wrong key, slug or UUID of a pushed report from 192.0.2.1",
        "Wrong key, slug or UUID of a pushed report from 192.0.2.9; 4 since the last such line",
    ]


@pytest.mark.parametrize(
    ("receipt", "answer"),
    [
        (Receipt.FAILED, ("503 Service Unavailable", "The report could not be stored; send it again.")),
        (None, ("503 Service Unavailable", "The report could not be stored; send it again.")),
        (Receipt.UNKNOWN, ("404 Not Found", "not found")),
        (RuntimeError(KEY), ("500 Internal Server Error", "Internal error; see the log of Py Pinger.")),
    ],
)
def test_what_is_not_stored_is_not_acknowledged(
    served: Served,
    receipt: Receipt | Exception | None,
    answer: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sender knows that it has to try again."""
    monkeypatch.setattr(loop_app, "ANSWERING", 0.0)
    logging.getLogger("py_pinger").setLevel(logging.CRITICAL)
    served.inbox.receipt = receipt
    status, body, headers = served.send("GET", f"/ping/{KEY}/job")
    logging.getLogger("py_pinger").setLevel(logging.NOTSET)
    assert (status, body) == answer
    assert ("Retry-After" in headers) is status.startswith("503")


def test_only_allowed_hosts_are_served(served: Served) -> None:
    """A page of another site cannot have a browser send reports by a name of its own."""
    status, _ = served.status("GET", f"/ping/{KEY}/job", Host=f"evil.example:{served.server.port}")
    assert status.startswith("421")
    assert served.inbox.pushes == []


def test_the_host_of_the_address_for_senders_is_served(served: Served) -> None:
    """What `pinger push` prints works without another key, and other names are rejected as before."""
    served.use(url="http://Pinger.example:3002/monitor")
    port = served.server.port
    assert served.status("GET", f"/ping/{KEY}/job", Host=f"pinger.example:{port}") == OK
    for host, path in ((f"evil.example:{port}", f"/ping/{KEY}/job"), (f"pinger.example:{port}", "/")):
        assert served.status("GET", path, Host=host)[0].startswith("421")


def test_a_name_that_is_looked_up_is_served(served: Served) -> None:
    """The name of this machine may need a look-up, for which the server's loop does not wait."""
    host = f"{socket.gethostname()}:{served.server.port}"
    assert served.status("GET", f"/ping/{KEY}/job", Host=host) == OK
    assert served.send("HEAD", f"/ping/{KEY}/job", Host=host)[:2] == ("200 OK", "")
    assert served.status("POST", "/report/job", b"x", Host=host, Authorization=f"Bearer {KEY}") == OK
    assert served.status("GET", "/report/job", Host=host)[0].startswith("405")
    assert [push.log for push in served.inbox.pushes] == ["", "", "x"]


def test_what_a_thread_waits_for_is_answered_in_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread gives up as the loop does."""
    monkeypatch.setattr(push_app, "ANSWERING", 0.0)
    served.inbox.receipt = None
    host = f"{socket.gethostname()}:{served.server.port}"
    assert served.status("GET", f"/ping/{KEY}/job", Host=host)[0].startswith("503")


def test_the_client_behind_a_proxy_is_the_one_that_waits(served: Served) -> None:
    """A proxy on this machine names its clients; the one with wrong keys waits, others do not."""
    for _ in range(PER_CLIENT.first):
        served.status("GET", f"/ping/{KEY}x/job", X_Forwarded_For="192.0.2.7")
    assert served.status("GET", f"/ping/{KEY}/job", X_Real_IP="192.0.2.7")[0].startswith("429")
    assert served.status("GET", f"/ping/{KEY}/job", X_Real_IP="192.0.2.8") == OK


def test_the_pages_still_need_their_password(served: Served) -> None:
    """The routes of pushes open nothing else."""
    assert served.status("GET", "/")[0].startswith("401")
    assert served.status("GET", "/pinged")[0].startswith("401")


def test_without_pushed_tasks_there_are_no_routes() -> None:
    """An installation that polls all its tasks answers them as any other path."""
    server = WebServer("127.0.0.1", 0)
    server.show(create_app(FakeDataSource(), PageSettings([]), lambda: NOW, LoginState()))
    server.start()
    try:
        with closing(socket.create_connection(("127.0.0.1", server.port), timeout=30)) as connection:
            connection.sendall(f"GET /ping/{KEY}/job HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 404")
    finally:
        server.stop()
