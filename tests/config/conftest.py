"""What the tests of the configuration share."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ini_texts import CodesOf, LoadText, ProblemsOf, codes

from py_pinger.channels import KINDS
from py_pinger.config import ConfigError, ConfigProblem, Settings, load


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

    def fail(text: str, **environ: str) -> tuple[ConfigProblem, ...]:
        with pytest.raises(ConfigError) as caught:
            load_text(text, **environ)
        return caught.value.problems

    return fail


@pytest.fixture
def codes_of(problems_of: ProblemsOf) -> CodesOf:
    """Return the code and the place of each problem of a text, which must have some."""

    def fail(text: str, **environ: str) -> tuple[tuple[str, str], ...]:
        return codes(problems_of(text, **environ))

    return fail
