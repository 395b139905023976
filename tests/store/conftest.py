"""What the tests of the store share: a database of each backend, and values to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from py_pinger.store import Store

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name a database that is not there yet; each backend is one parameter."""
    return {"sqlite": f"sqlite:///{tmp_path}/pinger.db"}[request.param]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open a new database."""
    with closing(Store.open(url)) as opened:
        yield opened


@pytest.fixture
def rows(url: str) -> Iterator[Rows]:
    """Look past the store, with SQL of one's own."""
    engine = create_engine(url)

    def fetch(query: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    yield fetch
    engine.dispose()
