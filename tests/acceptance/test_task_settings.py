"""Tasks with their own connection settings, and the certificates of their servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext

import pytest
from tests.support.certificates import Authority
from tests.support.config_files import QUICK, write_ini
from tests.support.eventually import eventually
from tests.support.fake_services import Slack
from tests.support.planted_secrets import LOGIN_PASSWORD, URL_PASSWORD
from tests.support.program import ROOT, Pinger, command
from tests.support.task_pages import report
from tests.support.task_server import Exchange, Server, says

END = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5, minutes=50)
TOKEN = "issued-token"
BASIC = "Basic cGluZ2VyOnVybC1wYXNzL3dvcmQ="


class TlsServer(Server):
    """A server that speaks TLS alone."""

    def __init__(self, context: SSLContext) -> None:
        super().__init__(self.billing)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    @property
    def origin(self) -> str:
        """Where it listens."""
        return super().origin.replace("http", "https")

    def billing(self, exchange: Exchange) -> None:
        """Answer those who know the key and the token, and repeat the key."""
        given = exchange.request.headers
        if (given.get("x-api-key"), given.get("authorization")) != (LOGIN_PASSWORD, f"Bearer {TOKEN}"):
            says(b"", "403 Forbidden")(exchange)
        else:
            says(report(frequency=1440, process=f"Billing {given['x-api-key']}"))(exchange)


@pytest.fixture
def billing(tmp_path: Path) -> Iterator[TlsServer]:
    """Serve a page behind a certificate of a private authority, to those who show one of it."""
    authority = Authority(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.certificate.read_bytes())
    (tmp_path / "client.pem").write_bytes(authority.identity())
    context = authority.demanding_server()
    (tmp_path / "server.pem").write_bytes(authority.identity(end=END))
    context.load_cert_chain(tmp_path / "server.pem")
    with TlsServer(context) as server:
        yield server


def days_of_the_page() -> str:
    """Return the days of notices that the page about certificates states."""
    page = (ROOT / "docs" / "certificates.md").read_text()
    (days,) = re.findall(r"```ini\n\[main\]\ncertificate_days=(.*)\n```", page)
    return str(days)


def certificate_words(slack: Slack) -> list[str]:
    """Return the notices about certificates, from the day on."""
    return [text for text in slack.texts if "certificate" in text]


def test_a_task_has_its_own_settings(tmp_path: Path, billing: TlsServer, slack: Slack) -> None:
    """Headers, token, authority, client certificate and proxy are a task's own; no secret of them shows.

    The end of the server's certificate shows on every page, and is told once, whoever restarts.
    """
    url = billing.url("/status")
    with Server(says(report())) as proxy:
        write_ini(
            tmp_path,
            {
                "main": {**QUICK, "certificate_days": days_of_the_page()},
                "task Billing": {
                    "url": url,
                    "frequency": 1440,
                    "headers": f"X-Api-Key: {LOGIN_PASSWORD}",
                    "token_auth": "billing",
                    "ca": "ca.pem",
                    "certificate": "client.pem",
                },
                "task Inside": {
                    "url": "http://inside.invalid/status",
                    "frequency": 60,
                    "proxy": proxy.origin.replace("://", "://pinger:url-pass%2Fword@"),
                },
                "token_auth billing": {"token": TOKEN, "prefix": "Bearer"},
            },
            slack.block,
        )
        with Pinger(tmp_path) as pinger:
            rows = pinger.judged()
            row = eventually(lambda: (found := pinger.rows()[url])["certificate_end"] and found, "the end")
            metrics = pinger.get("/metrics").body.decode()
            page = pinger.get(f"/task/{url}", "text/html").body.decode()
            eventually(lambda: certificate_words(slack), "the word about it")
        with Pinger(tmp_path) as pinger:
            again = pinger.checked()[url]
    assert {row["name"]: (row["status"], row["cause"]) for row in rows.values()} == {
        "Billing": ("ok", None),
        "Inside": ("error", "invalid"),
    }
    assert rows["http://inside.invalid/status"]["reason"] == (
        "frequency 10 is not the 60 min that pinger.ini expects of this task"
    )
    assert rows[url]["process"] == "Billing ***"
    assert proxy.requests[0].target == "http://inside.invalid/status"
    assert {request.headers["proxy-authorization"] for request in proxy.requests} == {BASIC}
    assert URL_PASSWORD not in page
    assert row["certificate_end"] == again["certificate_end"] == f"{END:%Y-%m-%dT%H:%M:%SZ}"
    assert f'py_pinger_task_certificate_end_timestamp_seconds{{url="{url}"}} {END.timestamp()}' in metrics
    assert f"{END:%Y-%m-%dT%H:%M:%SZ}" in page.partition("Certificate expiry")[2]
    (word,) = certificate_words(slack)
    assert (
        f"The certificate of {billing.origin.removeprefix('https://')} expires in 5 d, on {END:%Y-%m-%d}"
        in word
    )


def test_a_single_check_uses_the_same_settings(tmp_path: Path, billing: TlsServer) -> None:
    """`pinger check URL` asks in the task's own way, and says what it has to warn of."""
    write_ini(
        tmp_path,
        {
            "main": QUICK,
            "task Billing": {
                "url": billing.url("/status"),
                "headers": f"X-Api-Key: {LOGIN_PASSWORD}\n    authorization: Bearer {TOKEN}",
                "verify": False,
                "certificate": "client.pem",
            },
        },
    )
    ran = command(tmp_path, "check", billing.url("/status"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "ok, due in 24 h" in ran.stdout.replace("23 h 59 min", "24 h").replace("1 d", "24 h")
    assert "its certificate is not verified (verify=false)" in ran.stdout
