"""How the limit of open files is divided."""

from __future__ import annotations

import pytest

from py_pinger.app.file_descriptors import PER_CHECK, RESERVE, DescriptorBudget, allocate

CUT = (
    "The limit of {} open files allows {} checks at once instead of 500; "
    "raise it (LimitNOFILE= of the service, or ulimit -n), or lower [main] concurrency"
)


@pytest.mark.parametrize(
    ("limit", "concurrency", "expected"),
    [
        (524_288, 500, DescriptorBudget(500, 1000, 1000)),
        (-1, 10_000, DescriptorBudget(10_000, 1000, 1000)),
        (4096, 500, DescriptorBudget(500, 1000, 512)),
        (2048, 500, DescriptorBudget(500, 692, 256)),
        (1024, 500, DescriptorBudget(265, 266, 128, CUT.format("1,024", 265))),
        (1024, 100, DescriptorBudget(100, 596, 128)),
        (256, 500, DescriptorBudget(41, 42, 32, CUT.format("256", 41))),
        (16, 500, DescriptorBudget(2, 2, 2, CUT.format("16", 2))),
        (0, 500, DescriptorBudget(1, 0, 1, CUT.format("0", 1))),
    ],
)
def test_allocate(limit: int, concurrency: int, expected: DescriptorBudget) -> None:
    """Checks come first, kept connections get what is left, and a warning names the remedy."""
    assert allocate(limit, concurrency) == expected


@pytest.mark.parametrize("limit", [256, 512, 1024, 1500, 4096, 100_000])
@pytest.mark.parametrize("concurrency", [1, 10, 500, 10_000])
def test_no_more_than_the_limit(limit: int, concurrency: int) -> None:
    """All shares together leave the reserve untouched."""
    found = allocate(limit, concurrency)
    assert found.checks * PER_CHECK + found.kept + found.web + RESERVE <= limit
    assert 1 <= found.checks <= concurrency
