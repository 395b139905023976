"""Mail on its way to a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread, Timer

import pytest
from tests.support.certificates import Authority
from tests.support.mail_server import PASSWORD, USER, MailServer

from py_pinger.channels.email import build
from py_pinger.channels.email.email_channel import EmailChannel
from py_pinger.channels.email.email_settings import EmailSettings
from py_pinger.core.model.notification import Link, Message, SendFailed, SendResult, Sent

# In these tests it may: TLS is there, but the library does not know of one from the start.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

QUICK = timedelta(seconds=0.5)
KEY = "0123456789abcdef" * 4


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Run a server without TLS."""
    with MailServer() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return an authority that this machine trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


def settings(running: MailServer, **keys: str) -> EmailSettings:
    """Return the settings for a server."""
    return EmailSettings.model_validate({**running.block, **keys})


def send(given: EmailSettings, message: Message, thread: str | None = None) -> SendResult:
    """Send a message to the first recipient."""
    channel = EmailChannel("email", "email", given.to[0], given, QUICK)
    try:
        return channel.send(message, thread)
    finally:
        channel.close()


def test_what_is_sent(server: MailServer, alarm: Message) -> None:
    """A mail has the title as its subject, the text, and the same as HTML; its id is the receipt."""
    links = (Link("Details", "https://pinger.example/task/x?a=1&b"),)
    message = replace(alarm, key=KEY, links=links, log=("Log:", "no <space>"))
    outcome = send(settings(server, **{"from": "Py Pinger <pinger@example.com>"}), message)
    assert outcome == Sent("<0123456789abcdef0123456789abcdef.py-pinger@example.com>")
    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == ("pinger@example.com", ("ops@example.com",))
    headers = {name: mail.message[name] for name in ("Subject", "From", "To", "Message-ID", "Auto-Submitted")}
    assert headers == {
        "Subject": alarm.title,
        "From": "Py Pinger <pinger@example.com>",
        "To": "ops@example.com",
        "Message-ID": outcome.receipt,
        "Auto-Submitted": "auto-generated",
    }
    plain, html = mail.message.iter_parts()
    assert plain.get_content().splitlines() == message.text.splitlines()
    page = html.get_content()
    assert '<a href="https://pinger.example/task/x?a=1&amp;b">Details</a>' in page
    assert "no &lt;space&gt;</pre>" in page
    assert "border-left:4px solid #d92d20" in page


def test_messages_of_an_incident_are_a_thread(server: MailServer, alarm: Message) -> None:
    """A later message of an incident replies to the first one."""
    send(settings(server), alarm, "<first@example.com>")
    (mail,) = server.mails
    assert (mail.message["In-Reply-To"], mail.message["References"]) == ("<first@example.com>",) * 2


def test_each_recipient_is_a_channel(server: MailServer, alarm: Message) -> None:
    """All recipients stand in the mail's header, but each gets a separate one, and fails alone."""
    server.replies["b@example.com"] = "550 5.1.1 No such user"
    channels = build("email ops", settings(server, to="a@example.com, b@example.com"))
    assert [(each.name, each.place) for each in channels] == [
        ("email ops", "email to a@example.com"),
        ("email ops #2", "email to b@example.com"),
    ]
    first, second = (each.send(alarm, None) for each in channels)
    assert isinstance(first, Sent)
    assert second == SendFailed(
        "Email: the server answered 550 5.1.1 No such user: check to in [email ops]", permanent=True
    )
    (mail,) = server.mails
    assert (mail.recipients, mail.message["To"]) == (("a@example.com",), "a@example.com, b@example.com")


@pytest.mark.parametrize(
    ("command", "reply", "outcome"),
    [
        ("RCPT", "451 4.7.1 Try later", SendFailed("Email: the server answered 451 4.7.1 Try later")),
        (
            "MAIL",
            "553 Not yours",
            SendFailed("Email: the server answered 553 Not yours: check from in [email]", permanent=True),
        ),
        ("MAIL", "421 Busy", SendFailed("Email: the server answered 421 Busy")),
        (
            "DATA",
            "554 Spam",
            SendFailed("Email: the server answered 554 Spam: check the section in [email]", permanent=True),
        ),
        ("DATA", "452 Full", SendFailed("Email: the server answered 452 Full")),
    ],
)
def test_replies(command: str, reply: str, outcome: SendFailed, server: MailServer, alarm: Message) -> None:
    """4xx is tried again soon; 5xx needs a change, and says of what."""
    server.replies[command] = reply
    assert (send(settings(server), alarm), server.mails) == (outcome, [])


@pytest.mark.parametrize("from_start", [False, True], ids=["STARTTLS", "TLS"])
def test_encrypted_and_logged_in(from_start: bool, authority: Authority, alarm: Message) -> None:  # noqa: FBT001 - the one column
    """The password goes over an encrypted connection alone, to a server with a trusted certificate."""
    with MailServer(authority.server(), from_start=from_start, login=True) as server:
        keys = {"security": "tls" if from_start else "starttls", "user": USER, "password": PASSWORD}
        assert isinstance(send(settings(server, **keys), alarm), Sent)
        wrong = send(settings(server, **{**keys, "password": "wrong password"}), alarm)
        (mail,) = server.mails
    assert (mail.encrypted, mail.authenticated) == (True, True)
    assert isinstance(wrong, SendFailed)
    assert wrong.permanent
    assert wrong.error.startswith("Email: the server answered 535 ")
    assert wrong.error.endswith(": check user and password in [email]")


def test_a_certificate_that_is_not_trusted(tmp_path: Path, alarm: Message) -> None:
    """Nothing is sent to a server that may be another."""
    with MailServer(Authority(tmp_path).server()) as server:
        outcome = send(settings(server, security="starttls"), alarm)
        assert server.mails == []
    assert outcome == SendFailed("Email: its TLS certificate is not valid")


def test_what_a_server_does_not_offer(server: MailServer, alarm: Message) -> None:
    """Without STARTTLS, TLS or a login the failure says what to set."""
    assert send(settings(server, security="starttls"), alarm) == SendFailed(
        "Email: the server does not offer STARTTLS; set security=tls or none in [email]", permanent=True
    )
    assert send(settings(server, security="tls"), alarm) == SendFailed(
        "Email: it does not speak TLS on this port"
    )


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (b"", "Email: no response within 0.5 s"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "Email: the response is not SMTP"),
        (b"220 hello\r\n\xff\xfe\r\n", "Email: the connection was closed"),
        (None, "Email: the connection was closed"),
    ],
    ids=["silence", "another protocol", "rubbish", "closed"],
)
def test_servers_that_are_none(says: bytes | None, error: str, alarm: Message) -> None:
    """Whatever it is, the failure is temporary, and comes within the limit."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = Thread(target=_accept, args=(listening, says))
        accepting.start()
        given = EmailSettings.model_validate(
            {
                "to": "a@b.example",
                "from": "c@d.example",
                "server": f"127.0.0.1:{listening.getsockname()[1]}",
                "security": "none",
            }
        )
        assert send(given, alarm) == SendFailed(error)
        accepting.join()


def _accept(listening: socket.socket, says: bytes | None) -> None:
    connection, _ = listening.accept()
    with connection:
        if says is not None:
            connection.sendall(says)
            while connection.recv(1000):
                pass


def test_an_unreachable_server(server: MailServer, alarm: Message) -> None:
    """A name without an address and a port without a server are temporary failures."""
    unknown = settings(server, server="mail.invalid:25")
    assert send(unknown, alarm) == SendFailed("Email: no such host")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert send(settings(server, server=f"127.0.0.1:{port}"), alarm) == SendFailed(
        "Email: connection refused"
    )


def test_a_channel_that_is_closed(alarm: Message) -> None:
    """A mail being sent is aborted, and no other is begun."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        given = EmailSettings.model_validate(
            {
                "to": "a@b.example",
                "from": "c@d.example",
                "server": f"127.0.0.1:{listening.getsockname()[1]}",
                "security": "none",
            }
        )
        channel = EmailChannel("email", "email", "a@b.example", given)
        closing = Timer(0.2, channel.close)
        closing.start()
        assert channel.send(alarm, None) == SendFailed("Email: the connection was closed")
        assert channel.send(alarm, None) == SendFailed("Email: the connection was closed")
        closing.join()


def test_no_reply_shows_the_password(server: MailServer, alarm: Message) -> None:
    """A server that repeats it has it masked."""
    server.replies["MAIL"] = f"550 {PASSWORD}"
    outcome = send(settings(server, user=USER, password=PASSWORD), alarm)
    assert PASSWORD not in repr(outcome)


def test_a_page_with_half_a_character(server: MailServer, alarm: Message) -> None:
    """What no mail can contain is replaced, and the message arrives."""
    send(settings(server), replace(alarm, title="FAILED: \ud800 is late", lines=("\udfff",)))
    assert server.subjects == ["FAILED: ? is late"]
