"""Email: one channel for each recipient, so that one who is rejected delays and repeats no mail of others."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from socket import gaierror
from uuid import uuid4

from py_pinger.channels.email.email_settings import EmailSettings
from py_pinger.channels.email.mail_message import mail_of
from py_pinger.channels.email.smtp_session import SmtpSession
from py_pinger.channels.http import TIMEOUT
from py_pinger.core.model.notification import Message, SendFailed, SendResult, Sent
from py_pinger.core.text.formatting import clean, cut, seconds
from py_pinger.core.text.redaction import redact

# Characters of a server's reply that are shown.
_LONGEST_REPLY = 160

# From here on a reply is a permanent failure (RFC 5321, 4.2.1).
_PERMANENT = 500

# Failures without a reply; of a kind and a more general one the former comes first.
_ERRORS: Sequence[tuple[type[Exception], str]] = (
    (gaierror, "no such host"),
    (ConnectionRefusedError, "connection refused"),
    (ssl.SSLCertVerificationError, "its TLS certificate is not valid"),
    (ssl.SSLError, "it does not speak TLS on this port"),
    (SMTPServerDisconnected, "the connection was closed"),
    (ConnectionError, "the connection was closed"),
    (SMTPResponseException, "the response is not SMTP"),
    (SMTPRecipientsRefused, "the response is not SMTP"),
    (SMTPException, "the server supports no login that Py Pinger knows"),
    (OSError, "network error"),
)

# What to do about a reply that will come again, by the command that it answers.
_REMEDIES: Mapping[type[Exception], str] = {
    SMTPAuthenticationError: "check user and password",
    SMTPSenderRefused: "check from",
    SMTPRecipientsRefused: "check to",
}


class EmailChannel:
    """Sends mail to one recipient; sent means that the server has taken it over."""

    paced = True

    def __init__(
        self, name: str, section: str, recipient: str, settings: EmailSettings, timeout: timedelta = TIMEOUT
    ) -> None:
        self.name = name
        self.place = f"email to {recipient}"
        self._section = section
        self._recipient = recipient
        self._settings = settings
        self._timeout = timeout
        self._session = SmtpSession(settings, timeout)

    def send(self, message: Message, thread: str | None) -> SendResult:
        """Send the message; the receipt is the mail's id."""
        keyed = message.key or uuid4().hex
        mail = mail_of(message, keyed, self._settings, datetime.now(UTC), thread)
        try:
            self._session.send(mail, self._recipient)
        except (SMTPException, OSError) as error:
            return self._failure(error)
        return Sent(str(mail["Message-ID"]))

    def close(self) -> None:
        """Close the connection; a mail being sent is aborted."""
        self._session.abort()

    def _failure(self, error: SMTPException | OSError) -> SendFailed:
        reply = _reply(error)
        if reply is None:
            return self._without_reply(error)
        code, text = reply
        words = f"Email: the server answered {code} {self._shown(text)}".rstrip()
        if code < _PERMANENT:
            return SendFailed(words)
        remedy = _REMEDIES.get(type(error), "check the section")
        return SendFailed(f"{words}: {remedy} in [{self._section}]", permanent=True)

    def _without_reply(self, error: SMTPException | OSError) -> SendFailed:
        if isinstance(error, SMTPNotSupportedError):
            return SendFailed(f"Email: {self._missing(str(error))}", permanent=True)
        # The library has a silent server as one that has closed the connection.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return SendFailed(f"Email: no response within {seconds(self._timeout)}")
        return SendFailed(f"Email: {_words(error)}")

    def _missing(self, text: str) -> str:
        if "STARTTLS" in text:
            return f"the server does not offer STARTTLS; set security=tls or none in [{self._section}]"
        return f"the server does not offer a login; remove user and password from [{self._section}]"

    def _shown(self, reply: bytes) -> str:
        """Return a server's reply as one line that repeats no password."""
        password = self._settings.password
        secrets = [password.get_secret_value()] if password else []
        return cut(clean(redact(reply, secrets).decode(errors="replace")), _LONGEST_REPLY)


def build(name: str, settings: EmailSettings) -> tuple[EmailChannel, ...]:
    """Return a channel for each recipient."""
    names = zip(settings.names(name), settings.to, strict=True)
    return tuple(EmailChannel(own_name, name, recipient, settings) for own_name, recipient in names)


def _reply(error: SMTPException | OSError) -> tuple[int, bytes] | None:
    """Return the code and the text of a server's reply, None if it gave none that can be read."""
    if isinstance(error, SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
    elif isinstance(error, SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
        reply = text if isinstance(text, bytes) else text.encode()
    else:
        return None
    return (code, reply) if code > 0 else None


def _words(error: SMTPException | OSError) -> str:
    """Return a failure without a reply in words."""
    return next(words for kind, words in _ERRORS if isinstance(error, kind))
