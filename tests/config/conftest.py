"""What the tests of the configuration share."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from py_pinger.channels import KINDS
from py_pinger.config import ConfigError, Settings, load


class LoadText(Protocol):
    """Loads the text of an ini file."""

    def __call__(self, text: str, **environ: str) -> Settings:
        """Load it."""
        ...


class ProblemsOf(Protocol):
    """Loads the text of an ini file that is refused, and returns why."""

    def __call__(self, text: str, **environ: str) -> tuple[str, ...]:
        """Load it in vain."""
        ...


@pytest.fixture
def load_text(tmp_path: Path) -> LoadText:
    """Load a text as if it stood in pinger.ini."""

    def load_it(text: str, **environ: str) -> Settings:
        (tmp_path / "pinger.ini").write_text(text, encoding="utf-8")
        return load(tmp_path / "pinger.ini", environ, KINDS)

    return load_it


@pytest.fixture
def problems_of(load_text: LoadText) -> ProblemsOf:
    """Return the problems of a text, which must have some."""

    def refuse(text: str, **environ: str) -> tuple[str, ...]:
        with pytest.raises(ConfigError) as caught:
            load_text(text, **environ)
        return caught.value.problems

    return refuse
