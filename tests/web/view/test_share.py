"""Shares in percent."""

import pytest

from py_pinger.web.view.share import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(1, "100 %"), (0.99999, "99.99 %"), (0.985, "98.5 %"), (0.5, "50 %"), (0.00001, "0 %"), (0, "0 %")],
)
def test_only_what_is_whole_is_all(share: float, words: str) -> None:
    """Shares are rounded down to hundredths of a percent."""
    assert percent(share) == words
