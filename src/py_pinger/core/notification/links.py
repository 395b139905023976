"""The pages of Py Pinger that a message leads to, given their address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from py_pinger.core.model.notification import Link, Message, NoticeKind

# The kinds that are about a task whose failure may be silenced.
_SILENCEABLE = (NoticeKind.FAILED, NoticeKind.REMINDER, NoticeKind.ESCALATED)


def with_links(message: Message, pages: str) -> Message:
    """Return a message with links to the pages at an address without a slash at its end."""
    return replace(message, links=tuple(_links(message, pages)))


def task_link(pages: str, url: str) -> str:
    """Return the address of a task's page."""
    return f"{pages}/task/{quote(url, safe='')}"


def _links(message: Message, pages: str) -> Iterator[Link]:
    kinds = {notice.kind for notice in message.notices}
    if message.url is None or NoticeKind.UNLISTED in kinds:
        yield Link("Overview", f"{pages}/")
        return
    yield Link("Details", task_link(pages, message.url))
    yield Link("History", f"{pages}/history/{quote(message.url, safe='')}")
    if kinds.intersection(_SILENCEABLE):
        yield Link("Silence", f"{pages}/silence/{quote(message.url, safe='')}")
