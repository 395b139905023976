"""When people are told of certificates, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from py_pinger.core.model.notification import Notice, NoticeKind
from py_pinger.core.probing.certificate import (
    READ_EVERY,
    Certificate,
    first_seen,
    next_notice,
    next_reading,
    updated,
)

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
DAY = timedelta(days=1)
STEPS = (21 * DAY, 7 * DAY, DAY)
ORIGIN = "https://a.example:443"
URL = "https://a.example/task"


def seen(*looks: tuple[float, float]) -> list[str]:
    """Return what is told, with the days left, at looks on these days at certificates that end on those."""
    certificate: Certificate | None = None
    words = []
    for day, end in looks:
        at, ends = NOW + day * DAY, NOW + end * DAY
        found = updated(certificate, ends, at) if certificate else first_seen(ORIGIN, ends, at)
        certificate, notice = next_notice(found, STEPS, [URL])
        if notice:
            words.append(f"{notice.kind} {end - day:g}")
    return words


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        pytest.param([(0, 90), (40, 90)], [], id="far off"),
        pytest.param([(0, 21), (0.5, 21)], ["expiring 21"], id="to the minute, once"),
        pytest.param(
            [(0, 30), (9, 30), (20, 30), (23, 30), (28, 30), (29, 30), (29.5, 30), (31, 30)],
            ["expiring 21", "expiring 7", "expiring 1"],
            id="each step once",
        ),
        pytest.param([(0, 5), (2, 5)], ["expiring 5"], id="met late: one word, not three"),
        pytest.param([(0, -1), (1, -1)], ["expiring -1"], id="over already"),
        pytest.param([(0, 20), (1, 90), (2, 90)], ["expiring 20", "renewed 89"], id="renewed, once"),
        pytest.param([(0, 90), (1, 180)], [], id="renewed in time: no word"),
        pytest.param([(0, 20), (1, 15)], ["expiring 20", "expiring 14"], id="by another that ends soon"),
        pytest.param(
            [(0, 20), (1, 90), (2, 20), (3, 90), (14, 20), (15, 90)],
            ["expiring 20", "renewed 89", "expiring 6", "renewed 75"],
            id="two servers that take turns",
        ),
        pytest.param(
            [(0, 20), (1, 15), (2, 20), (3, 15), (8, 15), (9, 20), (14, 15), (14.5, 20), (16, 20)],
            ["expiring 20", "expiring 14", "expiring 7", "expiring 1", "expiring 4"],
            id="two that take turns, and end both",
        ),
    ],
)
def test_what_is_told(looks: list[tuple[float, float]], words: list[str]) -> None:
    """Each step is told once, and so is that it is renewed, if people were told before."""
    assert seen(*looks) == words


def test_no_notices_without_steps() -> None:
    """Without steps no notice is sent, however near the expiry is."""
    found = first_seen(ORIGIN, NOW, NOW)
    assert next_notice(found, (), [URL]) == (found, None)


def test_words_of_an_end() -> None:
    """The word says which server, how long, until when and what depends on it; and which end it is about."""
    ends = NOW + 6 * DAY + timedelta(hours=23)
    certificate, notice = next_notice(first_seen("https://a.example:8443", ends, NOW), STEPS, [URL])
    assert certificate == Certificate("https://a.example:8443", ends, NOW, warned=ends, told=7 * DAY)
    assert notice == Notice(
        NoticeKind.EXPIRING,
        NOW,
        topic="certificate https://a.example:8443",
        opened=ends,
        text=(
            "The certificate of a.example:8443 expires in 6 d 23 h, on 2026-11-29 09:05:00 UTC."
            " Unless it is renewed, 1 task there will be unreachable: https://a.example/task."
        ),
    )


def test_words_of_many_tasks() -> None:
    """Of many tasks three are named; of what is over it is said that it is."""
    _, notice = next_notice(
        first_seen(ORIGIN, NOW - DAY, NOW), STEPS, [f"{URL}{number}" for number in range(500)]
    )
    assert notice
    assert notice.text == (
        "The certificate of a.example expired on 2026-11-21 10:05:00 UTC. Unless it is renewed, 500 tasks"
        " there will be unreachable: https://a.example/task0, https://a.example/task1,"
        " https://a.example/task2 and 497 more."
    )


def test_words_of_a_renewal() -> None:
    """The good word says until when all is well now, and is about the end that people were told of."""
    known = Certificate(ORIGIN, NOW, NOW - DAY, warned=NOW, told=DAY)
    certificate, notice = next_notice(updated(known, NOW + 90 * DAY, NOW), STEPS, [URL])
    assert certificate == replace(known, ends=NOW + 90 * DAY, seen=NOW, renewed=True)
    assert notice == Notice(
        NoticeKind.RENEWED,
        NOW,
        topic="certificate https://a.example:443",
        opened=NOW,
        text="The certificate of a.example was renewed: it expires in 90 d, on 2027-02-20 10:05:00 UTC.",
    )


@pytest.mark.parametrize(
    ("left", "then"),
    [
        pytest.param(90 * DAY, READ_EVERY, id="now and then"),
        pytest.param(21 * DAY + timedelta(hours=2), timedelta(hours=2), id="at a step"),
        pytest.param(21 * DAY, READ_EVERY, id="not at one that is met"),
        pytest.param(timedelta(hours=2), timedelta(hours=2, seconds=1), id="when its last second is over"),
        pytest.param(-DAY, READ_EVERY, id="over"),
    ],
)
def test_next_reading(left: timedelta, then: timedelta) -> None:
    """A certificate is read twice a day, and at the moment of each step."""
    assert next_reading(first_seen(ORIGIN, NOW + left, NOW), STEPS) == NOW + then
