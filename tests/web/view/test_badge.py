"""Badges: words, colours and widths."""

import pytest

from py_pinger.web.view.badge import Badge, blank_badge, status_badge, uptime_badge

GREEN, AMBER, RED, GREY = "#1a7f37", "#8a5a00", "#b42318", "#59636e"


@pytest.mark.parametrize(
    ("badge", "expected"),
    [
        (status_badge("Import", "ok"), ("Import", "ok", GREEN)),
        (status_badge("Import", "error"), ("Import", "error", RED)),
        (status_badge("Import", "sleeping"), ("Import", "sleeping", "#4a5fb0")),
        (status_badge("Import", "unknown"), ("Import", "unknown", AMBER)),
        (status_badge("Import", "pending"), ("Import", "pending", GREY)),
        (status_badge("a\u202eb\n" + "x" * 60, "ok"), ("ab " + "x" * 36 + "…", "ok", GREEN)),
        (uptime_badge("Import", 7, 1.0), ("Import 7 d", "100 %", GREEN)),
        (uptime_badge("Import", 90, 0.9899), ("Import 90 d", "98.99 %", AMBER)),
        (uptime_badge("Import", 90, 0.5), ("Import 90 d", "50 %", RED)),
        (uptime_badge("Import", 7, None), ("Import 7 d", "no history yet", GREY)),
        (blank_badge(), ("task", "not monitored", GREY)),
    ],
)
def test_a_badge_says_it_in_two_words_and_a_colour(badge: Badge, expected: tuple[str, str, str]) -> None:
    """Each status and share has its words and its colour; a long or odd name is made fit."""
    assert (badge.label, badge.value, badge.colour) == expected


def test_a_badge_is_as_wide_as_its_texts() -> None:
    """Narrow, usual and wide characters count as what they are."""
    badge = status_badge("iiii", "MW")
    assert (badge.label_text, badge.value_text, badge.left, badge.width) == (16, 19, 28, 59)
