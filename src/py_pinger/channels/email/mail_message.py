"""Messages as mail: plain text, and small HTML with the same content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape

from py_pinger.channels.email.email_settings import EmailSettings
from py_pinger.core.model.notification import Message, Severity
from py_pinger.core.text.formatting import cut

# In characters. Servers accept far more; a subject is read in a list.
LONGEST_SUBJECT = 200
LONGEST_TEXT = 100_000

# Characters of a message's key that distinguish it from all others.
_KEY_LENGTH = 32

_COLORS: Mapping[Severity, str] = {
    Severity.ALERT: "#d92d20",
    Severity.RECOVERY: "#2da44e",
    Severity.INFO: "#8c959f",
}


def mail_of(
    message: Message, key: str, settings: EmailSettings, now: datetime, thread: str | None
) -> EmailMessage:
    """Return the mail for a message; `thread` is the id of the mail that it replies to.

    Its own id follows from the `key`, which is the same at each attempt: a mail program shows it once.
    """
    name, address = parseaddr(settings.sender)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _encodable(cut(message.title, LONGEST_SUBJECT))
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = [Address(addr_spec=each) for each in settings.to]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key[:_KEY_LENGTH]}.py-pinger@{address.rpartition('@')[2]}>"
    if thread:
        mail["In-Reply-To"] = thread
        mail["References"] = thread
    # RFC 3834: no answering machine replies to it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_encodable(cut(message.text, LONGEST_TEXT)))
    mail.add_alternative(_encodable(_html(message)), subtype="html")
    return mail


def _encodable(text: str) -> str:
    """Return text without halves of characters, which a page may contain and no mail can."""
    return text.encode(errors="replace").decode()


def _html(message: Message) -> str:
    body = f'<body style="font-family:sans-serif">\n{_body(message)}</body>'
    return f'<!doctype html>\n<html lang="en">\n{body}\n</html>\n'


def _body(message: Message) -> str:
    bar = f"border-left:4px solid {_COLORS[message.severity]};padding-left:12px"
    return f'<div style="{bar}">\n<p><b>{escape(message.title)}</b></p>\n{"".join(_parts(message))}</div>\n'


def _parts(message: Message) -> Iterator[str]:
    if message.lines:
        yield f"<p>{'<br>'.join(map(escape, message.lines))}</p>\n"
    if message.links:
        links = (f'<a href="{escape(link.url)}">{escape(link.label)}</a>' for link in message.links)
        yield f"<p>{' &middot; '.join(links)}</p>\n"
    if message.log:
        log = cut("\n".join(message.log), LONGEST_TEXT)
        yield f'<pre style="white-space:pre-wrap">{escape(log)}</pre>\n'
