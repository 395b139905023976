"""The doors of the real program: its password, its names, and nginx with the user's own site in front."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

from tests.support.config_files import watching, write_ini
from tests.support.eventually import PATIENCE
from tests.support.forked_program import PROGRAM
from tests.support.program import Pinger, command, environment
from tests.support.task_pages import report
from tests.support.task_server import Server, says, unused_port
from tests.support.tcp_proxy import behind_nginx, nginx

PASSWORD = "hunter2 p\xe4ss: w\xf6rd %"
WRONG = "wrong-password"

# The site of the user's page, to the letter.
SITE = """\
server {

     server_name monitoring.example-domain.com;

     location / {
          proxy_pass       http://localhost:3002;
          proxy_set_header Host      $host;
          proxy_set_header X-Real-IP $remote_addr;
     }
}
"""


@dataclass(frozen=True)
class Reply:
    """What a client was answered."""

    status: int
    headers: HTTPMessage
    body: str


def ask(port: int, path: str = "/", password: str | None = None, **headers: str) -> Reply:
    """Ask as curl would, with these headers; `_` in their names stands for `-`."""
    if password is not None:
        headers["Authorization"] = f"Basic {b64encode(f'me:{password}'.encode()).decode()}"
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def statuses(port: int, passwords: list[str], **headers: str) -> list[int]:
    """Return the codes that one password after the other gets."""
    return [ask(port, password=each, **headers).status for each in passwords]


@contextmanager
def locked(folder: Path, tasks: Server, **main: object) -> Iterator[Pinger]:
    """Run Py Pinger with a password in its environment, and /healthz open by default."""
    tasks.behaviours["/task"] = says(report())
    doors = {"web_password": "${WEB_PASSWORD}", "web_public": "healthz"}
    write_ini(folder, watching(tasks.url("/task"), **{**doors, **main}))
    with Pinger(folder, environ={"WEB_PASSWORD": PASSWORD}) as running:
        yield running


@contextmanager
def fronted(folder: Path, site: str, back: int) -> Iterator[int]:
    """Run nginx with a site in front of a port; yield the port that it listens on."""
    front = unused_port()
    here = site.replace("server {", f"server {{ listen 127.0.0.1:{front};", 1)
    with nginx(folder, here.replace("localhost:3002", f"localhost:{back}"), front):
        yield front


def test_the_password_is_required(tmp_path: Path, tasks: Server) -> None:
    """The password is required and sufficient; guessing is slowed; it is in no log and no page."""
    with locked(tmp_path, tasks) as pinger:
        task = f"/task/{tasks.url('/task')}"
        for path in (
            "/",
            task,
            "/incidents",
            "/incidents.atom",
            "/health",
            "/metrics",
            "/openapi.json",
            "/nothing",
        ):
            answer = ask(pinger.port, path)
            assert (answer.status, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")
            assert tasks.origin not in answer.body
        assert ask(pinger.port, "/healthz").status == 200
        assert ask(pinger.port, task, PASSWORD).status == 200
        assert tasks.origin in ask(pinger.port, "/", PASSWORD, Accept="text/html").body
        codes = statuses(pinger.port, [WRONG] * 8)
        assert codes[:5] == [401] * 5
        assert 429 in codes
        refused = ask(pinger.port, password=PASSWORD)
        assert refused.status == 429
        time.sleep(int(refused.headers["Retry-After"]))
        assert ask(pinger.port, password=PASSWORD).status == 200
        assert "Wrong password for the web from 127.0.0.1" in pinger.output
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    for secret in PASSWORD, WRONG, b64encode(f"me:{PASSWORD}".encode()).decode():
        assert secret.encode() not in left


def test_a_hash_in_the_file_is_enough(tmp_path: Path, tasks: Server) -> None:
    """What `pinger password` prints is pasted into the file, and the password opens; not so the hash."""
    made = subprocess.run(
        [sys.executable, str(PROGRAM), "password"],
        env=environment(),
        input=PASSWORD.encode(),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    ).stdout.decode()
    key, _, value = made.strip().partition("=")
    assert (key, value[:7]) == ("web_password", "scrypt:")
    with locked(tmp_path, tasks, web_password=value) as pinger:
        assert statuses(pinger.port, [value, value.replace("$$", "$"), PASSWORD]) == [401, 401, 200]
        assert value not in pinger.output


def test_a_password_in_the_file_is_refused(tmp_path: Path) -> None:
    """A password in plain text keeps Py Pinger from starting; one sentence says what to do."""
    write_ini(tmp_path, {"main": {"web_password": PASSWORD}})
    result = command(tmp_path)
    assert result.returncode == 2
    assert "`pinger password`" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert PASSWORD not in result.stderr


def test_doors_that_are_left_open(tmp_path: Path, tasks: Server) -> None:
    """A monitor may ask for a task and a wiki show a badge without the password, where the ini says so."""
    with locked(tmp_path, tasks, web_public="healthz, task, badge") as pinger:
        task = tasks.url("/task")
        pages = {path: ask(pinger.port, path).status for path in (f"/task/{task}", f"/badge/{task}.svg", "/")}
        assert list(pages.values()) == [200, 200, 401]


def test_rebound_names_are_refused(tmp_path: Path, tasks: Server) -> None:
    """A browser that a website leads here by its name is rejected; configured names are not."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")))
    with Pinger(tmp_path) as pinger:
        port = pinger.port
        hosts = {
            f"evil.example:{port}": 421,
            "two, names": 400,
            f"localhost:{port}": 200,
            f"{socket.gethostname()}:{port}": 200,
            f"[::1]:{port}": 200,
            "monitoring.example-domain.com": 200,
        }
        assert {host: ask(port, Host=host).status for host in hosts} == hosts
        assert "web_hosts in [main]" in ask(port, Host=f"evil.example:{port}").body


def test_the_list_of_names_decides(tmp_path: Path, tasks: Server) -> None:
    """With web_hosts, its names are answered and no others, through a proxy or not."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task"), web_hosts="monitoring.example-domain.com"))
    with Pinger(tmp_path) as pinger:
        hosts = {"monitoring.example-domain.com": 200, "other.example": 421, "localhost": 200}
        assert {host: ask(pinger.port, Host=host).status for host in hosts} == hosts


@behind_nginx
def test_the_users_own_site_needs_nothing_more(tmp_path: Path, tasks: Server) -> None:
    """As the user's page sets it up, nginx works unconfigured, password and all.

    "proxy_set_header Host      $host;"
    """
    with locked(tmp_path, tasks) as pinger, fronted(tmp_path, SITE, pinger.port) as front:
        named = {"Host": "monitoring.example-domain.com"}
        assert statuses(front, [PASSWORD, WRONG], **named) == [200, 401]
        assert ask(front, "/healthz", **named).status == 200
        assert ask(front, "/", **named).status == 401


@behind_nginx
def test_wrong_passwords_behind_nginx_lock_out_no_other_client(tmp_path: Path, tasks: Server) -> None:
    """Clients behind nginx are distinguished, and none gets new attempts by forging headers."""
    with locked(tmp_path, tasks) as pinger:
        # As nginx would say it of two clients on the network.
        guesser, other = ({"X_Forwarded_For": f"192.0.2.{number}"} for number in (1, 2))
        assert 429 in statuses(pinger.port, [WRONG] * 8, **guesser)
        assert statuses(pinger.port, [PASSWORD], **guesser) == [429]
        assert statuses(pinger.port, [PASSWORD], **other) == [200]
        with fronted(tmp_path, SITE, pinger.port) as front:
            named = {"Host": "monitoring.example-domain.com"}
            tries = [ask(front, "/", WRONG, **named, X_Real_IP=f"1.1.1.{n}").status for n in range(9)]
            assert tries[-1] == 429


def test_headers_of_strangers_are_not_believed(tmp_path: Path, tasks: Server) -> None:
    """With other proxies named, what this machine says of path, scheme and client counts for nothing."""
    with locked(tmp_path, tasks, trusted_proxies="203.0.113.7") as pinger:
        told = {"X_Forwarded_Prefix": "/poison", "X_Forwarded_Proto": "https"}
        assert "poison" not in ask(pinger.port, "/", PASSWORD, Accept="text/html", **told).body
        tries = [
            ask(pinger.port, "/", WRONG, X_Forwarded_For=f"1.1.1.{number}").status for number in range(9)
        ]
        assert tries[-1] == 429


def test_two_hundred_slow_clients_stop_nothing(tmp_path: Path, tasks: Server) -> None:
    """While two hundred clients never finish their requests, others are answered and the checks go on."""
    tasks.behaviours["/task"] = says(report())
    write_ini(tmp_path, watching(tasks.url("/task")))
    with Pinger(tmp_path) as pinger:
        slow = [socket.create_connection(("127.0.0.1", pinger.port), PATIENCE) for _ in range(200)]
        try:
            for each in slow:
                each.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
            pinger.checked(5)
            assert pinger.get("/healthz").status == 200
        finally:
            for each in slow:
                each.close()
