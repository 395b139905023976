"""Runs in turns, and the table of them."""

import pytest
from bench.comparison import in_turns, number, table


def test_subjects_take_turns() -> None:
    """Each round measures every subject once, and the runs come back by subject."""
    order: list[str] = []

    def measure(subject: str) -> dict[str, float]:
        order.append(subject)
        return {"turn": len(order)}

    results = in_turns(["here", "there"], 2, measure)
    assert order == ["here", "there", "here", "there"]
    assert results == [[{"turn": 1}, {"turn": 3}], [{"turn": 2}, {"turn": 4}]]


def test_a_table_of_two() -> None:
    """Each quantity shows mean and spread, and the ratio of the first to the last."""
    results = [[{"µs": 100.0, "wrong": 0}, {"µs": 120.0, "wrong": 0}], [{"µs": 200.0, "wrong": 0}]]
    assert table(["here", "there"], results).splitlines() == [
        "                   here  there  ratio",
        "µs     110 (100 to 120)    200   0.55",
        "wrong                 0      0",
    ]


def test_a_table_of_peers() -> None:
    """Without a ratio none is shown, and what one of them does not measure is left open."""
    assert table(["us", "them"], [[{"MiB": 1.5}], [{"s": 2}]], ratio=False).splitlines() == [
        "       us  them",
        "MiB  1.50     -",
        "s       -     2",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.0421, "0.042"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346")],
)
def test_numbers_have_three_digits_that_count(value: float, shown: str) -> None:
    """Nobody has to read digits that the spread makes worthless."""
    assert number(value) == shown
