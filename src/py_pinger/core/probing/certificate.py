"""When the certificate of a server ends, and when people are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.text.formatting import count, duration, timestamp

# How long what was seen of a certificate is good for.
EVERY = timedelta(hours=12)

# Tasks that a notice names; the rest are counted.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that the server of an origin showed last, and what people know of it.

    `told` is the shortest time before the end `warned` of that people were told; `renewed` whether they also
    know that another has taken its place.
    """

    origin: str
    ends: datetime
    seen: datetime
    warned: datetime | None = None
    told: timedelta | None = None
    renewed: bool = False


def first_seen(origin: str, ends: datetime, now: datetime) -> Certificate:
    """Return a certificate of which nobody has been told anything."""
    return Certificate(origin, ends, now)


def updated(known: Certificate, ends: datetime, now: datetime) -> Certificate:
    """Return what is known once the origin has shown a certificate with this end."""
    return replace(known, ends=ends, seen=now)


def next_notice(
    certificate: Certificate, steps: Sequence[timedelta], urls: Sequence[str]
) -> tuple[Certificate, Notice | None]:
    """Return the word that is due at the moment at which a certificate was seen, and what people know then.

    There is one for each of the `steps`, which are times before its end, and one once it is renewed. Servers
    that show now this certificate and now that one cause no more than that. `urls` are of the tasks there.
    """
    step = min((each for each in steps if certificate.ends - certificate.seen <= each), default=None)
    same = certificate.warned == certificate.ends
    heard = certificate.told if same or _goes_on(certificate) else None
    if step is not None and (heard is None or step < heard):
        warned = replace(certificate, warned=certificate.ends, told=step, renewed=False)
        return warned, _warning(certificate, urls)
    if step is None and certificate.warned is not None and not (same or certificate.renewed):
        return replace(certificate, renewed=True), _all_clear(certificate)
    return certificate, None


def _goes_on(certificate: Certificate) -> bool:
    """Tell whether one that ends later is the trouble that was told: as long as that has not ended."""
    warned = certificate.warned
    return warned is not None and certificate.seen < warned < certificate.ends and not certificate.renewed


def next_reading(certificate: Certificate, steps: Sequence[timedelta]) -> datetime:
    """Return when to look at a certificate again: now and then, and at each step."""
    ahead = (certificate.ends - step for step in steps)
    return min([certificate.seen + EVERY, *(at for at in ahead if at > certificate.seen)])


def _warning(certificate: Certificate, urls: Sequence[str]) -> Notice:
    left = certificate.ends - certificate.seen
    state = f"ends in {duration(left)}, on" if left > timedelta(0) else "ended on"
    text = (
        f"The certificate of {_server(certificate)} {state} {timestamp(certificate.ends)}."
        f" Unless it is renewed, {count(len(urls), 'task')} there cannot be asked: {_named(urls)}."
    )
    return _notice(NoticeKind.EXPIRING, certificate, certificate.ends, text)


def _all_clear(certificate: Certificate) -> Notice:
    left = duration(certificate.ends - certificate.seen)
    text = (
        f"The certificate of {_server(certificate)} is renewed: it ends in {left},"
        f" on {timestamp(certificate.ends)}."
    )
    return _notice(NoticeKind.RENEWED, certificate, certificate.warned, text)


def _notice(kind: NoticeKind, certificate: Certificate, opened: datetime | None, text: str) -> Notice:
    # With the end it is about, so that of several words on one certificate the newest is said.
    topic = f"certificate {certificate.origin}"
    return Notice(kind, certificate.seen, topic=topic, opened=opened, text=text)


def _server(certificate: Certificate) -> str:
    return certificate.origin.removeprefix("https://").removesuffix(":443")


def _named(urls: Sequence[str]) -> str:
    more = len(urls) - NAMED
    return ", ".join(urls[:NAMED]) + (f" and {more} more" if more > 0 else "")
