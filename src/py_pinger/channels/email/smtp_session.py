"""One mail over one connection: encrypted, logged in, within a time limit, and aborted on request."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from smtplib import SMTP, SMTP_SSL, SMTPConnectError, SMTPException
from socket import SHUT_RDWR, gethostname
from threading import Lock, Timer

from py_pinger.channels.email.email_settings import EmailSettings, Security

# Times the limit of one reply that a whole mail may take: a server may trickle its replies.
TOTAL_TIMEOUTS = 3

# The greeting of a server that takes mail.
_READY = 220


class SmtpSession:
    """Sends mail through one server, each over a new connection: alerts are rare."""

    def __init__(self, settings: EmailSettings, timeout: timedelta) -> None:
        self._settings = settings
        self._timeout = timeout.total_seconds()
        self._lock = Lock()
        self._connection: SMTP | None = None
        self._aborted = False

    def send(self, mail: EmailMessage, recipient: str) -> None:
        """Send a mail to one recipient. Raises SMTPException or OSError."""
        with self._connected() as connection:
            connection.sendmail(parseaddr(self._settings.sender)[1], [recipient], mail.as_bytes())

    def abort(self) -> None:
        """End the connection, whatever it is doing, and allow no other."""
        self._aborted = True
        self._interrupt()

    @contextmanager
    def _connected(self) -> Iterator[SMTP]:
        connection = _client(self._settings, self._timeout)
        watchdog = Timer(TOTAL_TIMEOUTS * self._timeout, self._interrupt)
        watchdog.daemon = True
        with self._lock:
            self._connection = connection
        try:
            watchdog.start()
            self._open(connection)
            yield connection
            # The mail has been taken over: what becomes of the farewell does not matter.
            with suppress(SMTPException, OSError):
                connection.quit()
        finally:
            watchdog.cancel()
            with self._lock:
                self._connection = None
            connection.close()

    def _open(self, connection: SMTP) -> None:
        server, password = self._settings.server, self._settings.password
        if self._aborted:
            raise ConnectionAbortedError
        code, text = connection.connect(server.host, server.port)
        if code != _READY:
            raise SMTPConnectError(code, text)
        if self._settings.encryption is Security.STARTTLS:
            connection.starttls(context=ssl.create_default_context())
        if self._settings.user and password:
            connection.login(self._settings.user, password.get_secret_value())

    def _interrupt(self) -> None:
        with self._lock, suppress(OSError, AttributeError):
            if self._connection and self._connection.sock:
                self._connection.sock.shutdown(SHUT_RDWR)


def _client(settings: EmailSettings, timeout: float) -> SMTP:
    """Return a client that is not connected yet, so that connecting can be aborted too."""
    # Without a name of this machine the library would resolve one, for as long as that takes.
    name = gethostname()
    if settings.encryption is Security.TLS:
        client: SMTP = SMTP_SSL(local_hostname=name, timeout=timeout, context=ssl.create_default_context())
    else:
        client = SMTP(local_hostname=name, timeout=timeout)
    # The name for the certificate, which the constructor takes only together with connecting.
    client._host = settings.server.host  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    return client
