"""When the certificate of a server expires, and which notices are due about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import count, duration, timestamp
from py_pinger.core.times import ZERO

# How long a reading of a certificate stays valid.
READ_EVERY = timedelta(hours=12)

# Tasks that a notice names; the others are counted.
MAX_NAMED = 3

# A certificate is valid for the whole second in which it ends.
_LAST_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that an origin's server showed last, and the notices sent about it.

    `told` is the step (time before the end) of the last warning, `warned` the end that it was about.
    `renewed` is True once people were notified that another certificate has replaced that one.
    """

    origin: str
    ends: datetime
    seen: datetime
    warned: datetime | None = None
    told: timedelta | None = None
    renewed: bool = False


def first_seen(origin: str, ends: datetime, now: datetime) -> Certificate:
    """Return a certificate without any notices so far."""
    return Certificate(origin, ends, now)


def updated(known: Certificate, ends: datetime, now: datetime) -> Certificate:
    """Return the certificate after a reading at `now` that showed this end."""
    return replace(known, ends=ends, seen=now)


def next_notice(
    certificate: Certificate, steps: Sequence[timedelta], urls: Sequence[str]
) -> tuple[Certificate, Notice | None]:
    """Return the certificate with the notice that is due after a reading noted, and the notice.

    One notice is due at each of the `steps` (times before the end), and one when the certificate is renewed.
    A server that alternates between two certificates causes no further notices. `urls` are the tasks there.
    """
    step = min((each for each in steps if certificate.ends - certificate.seen <= each), default=None)
    same = certificate.warned == certificate.ends
    last_step = certificate.told if same or _is_same_problem(certificate) else None
    if step is not None and (last_step is None or step < last_step):
        warned = replace(certificate, warned=certificate.ends, told=step, renewed=False)
        return warned, _warning(certificate, urls)
    if step is None and certificate.warned is not None and not (same or certificate.renewed):
        return replace(certificate, renewed=True), _renewal(certificate)
    return certificate, None


def _is_same_problem(certificate: Certificate) -> bool:
    """Return True if the last warning still applies.

    Its certificate has not expired or been renewed.
    """
    warned = certificate.warned
    return warned is not None and certificate.seen < warned < certificate.ends and not certificate.renewed


def next_reading(certificate: Certificate, steps: Sequence[timedelta]) -> datetime:
    """Return when to read a certificate again: every 12 hours, at each step, and when it has ended."""
    ahead = (certificate.ends - step for step in (*steps, -_LAST_SECOND))
    return min([certificate.seen + READ_EVERY, *(at for at in ahead if at > certificate.seen)])


def _warning(certificate: Certificate, urls: Sequence[str]) -> Notice:
    left = certificate.ends - certificate.seen
    state = f"expires in {duration(left)}, on" if left > ZERO else "expired on"
    text = (
        f"The certificate of {_server(certificate)} {state} {timestamp(certificate.ends)}."
        f" Unless it is renewed, {count(len(urls), 'task')} there will be unreachable: {_names(urls)}."
    )
    return _notice(NoticeKind.EXPIRING, certificate, certificate.ends, text)


def _renewal(certificate: Certificate) -> Notice:
    left = duration(certificate.ends - certificate.seen)
    text = (
        f"The certificate of {_server(certificate)} was renewed: it expires in {left},"
        f" on {timestamp(certificate.ends)}."
    )
    return _notice(NoticeKind.RENEWED, certificate, certificate.warned, text)


def _notice(kind: NoticeKind, certificate: Certificate, opened: datetime | None, text: str) -> Notice:
    # `opened` is the end that the notice is about: of several notices on one certificate the newest is sent.
    topic = f"certificate {certificate.origin}"
    return Notice(kind, certificate.seen, topic=topic, opened=opened, text=text)


def _server(certificate: Certificate) -> str:
    return certificate.origin.removeprefix("https://").removesuffix(":443")


def _names(urls: Sequence[str]) -> str:
    more = len(urls) - MAX_NAMED
    return ", ".join(urls[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
