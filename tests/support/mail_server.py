"""A real mail server on loopback, which rejects and accepts as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from threading import Thread
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "pinger", "planted mail password"


@dataclass(frozen=True)
class Mail:
    """A mail that was accepted: from and to whom, whether by an encrypted and authenticated connection."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    encrypted: bool
    authenticated: bool


@dataclass
class MailServer:
    """Accepts mail; `replies` are other replies, by the command (`MAIL`, `RCPT`, `DATA`) or the recipient.

    With a `tls` context it offers STARTTLS, or has TLS `from_start`; with `login` it demands one.
    """

    tls: SSLContext | None = None
    from_start: bool = False
    login: bool = False
    replies: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._loop = asyncio.new_event_loop()
        context = self.tls if self.from_start else None
        listening = self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=context)
        self._server = self._loop.run_until_complete(listening)
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Close all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def block(self) -> Mapping[str, object]:
        """The keys of [email] for it, without TLS."""
        return {
            "to": "ops@example.com",
            "from": "pinger@example.com",
            "server": f"127.0.0.1:{self.port}",
            "security": "none",
        }

    @property
    def subjects(self) -> list[str]:
        """The subjects of the mails."""
        return [str(mail.message["Subject"]) for mail in self.mails]

    def _protocol(self) -> SMTP:
        offered = None if self.from_start else self.tls
        return SMTP(
            self,
            hostname="mail.example.com",
            tls_context=offered,
            require_starttls=offered is not None,
            auth_required=self.login,
            auth_require_tls=False,
            authenticator=_authenticate,
            loop=self._loop,
        )

    # The names of these three and what they get are the library's.
    async def handle_MAIL(self, *given: Any) -> str:  # noqa: ANN401, N802 - as above
        """Accept a sender."""
        _, _, envelope, address, _ = given
        if rejected := self.replies.get("MAIL"):
            return rejected
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: ANN401, N802 - as above
        """Accept a recipient."""
        _, _, envelope, address, _ = given
        if rejected := self.replies.get(address) or self.replies.get("RCPT"):
            return rejected
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: ANN401, N802 - as above
        """Keep a mail."""
        _, session, envelope = given
        if rejected := self.replies.get("DATA"):
            return rejected
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        encrypted, known = session.ssl is not None or self.from_start, bool(session.authenticated)
        self.mails.append(
            Mail(envelope.mail_from, tuple(envelope.rcpt_tos), message, encrypted, authenticated=known)
        )
        return "250 OK"

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _authenticate(*given: object) -> AuthResult:
    right = given[-1] == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)
