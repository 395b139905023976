"""The pages that a message leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from py_pinger.core.model.notification import Link, Notice, NoticeKind
from py_pinger.core.notification.links import with_links
from py_pinger.core.notification.message import compose, compose_digest

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGES = "https://pinger.example/p"
FAILED = Notice(NoticeKind.FAILED, NOON, url="https://a.example/x?a=1&b=ä b", opened=NOON)
HELLO = Notice(NoticeKind.STARTED, NOON, text="Hello!")
ENCODED = "https%3A%2F%2Fa.example%2Fx%3Fa%3D1%26b%3D%C3%A4%20b"
DETAILS, HISTORY = Link("Details", f"{PAGES}/task/{ENCODED}"), Link("History", f"{PAGES}/history/{ENCODED}")
SILENCE, OVERVIEW = Link("Silence", f"{PAGES}/silence/{ENCODED}"), Link("Overview", f"{PAGES}/")


@pytest.mark.parametrize(
    ("kind", "links"),
    [
        (NoticeKind.FAILED, (DETAILS, HISTORY, SILENCE)),
        (NoticeKind.REMINDER, (DETAILS, HISTORY, SILENCE)),
        (NoticeKind.ESCALATED, (DETAILS, HISTORY, SILENCE)),
        (NoticeKind.RECOVERED, (DETAILS, HISTORY)),
        (NoticeKind.UNLISTED, (OVERVIEW,)),
    ],
)
def test_of_a_task(kind: NoticeKind, links: tuple[Link, ...]) -> None:
    """Its page and its history; the silence form while it fails, the overview once it is gone."""
    assert with_links(compose(replace(FAILED, kind=kind)), PAGES).links == links


def test_of_other_messages() -> None:
    """The greeting and a digest lead to the overview."""
    assert with_links(compose(HELLO), PAGES).links == (OVERVIEW,)
    assert with_links(compose_digest([FAILED, HELLO]), PAGES).links == (OVERVIEW,)
