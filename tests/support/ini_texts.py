"""Loading the text of an ini file, and the problems that it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from py_pinger.config import ConfigProblem, Settings


def codes(problems: Iterable[ConfigProblem]) -> tuple[tuple[str, str], ...]:
    """Return the code and the place of each problem."""
    return tuple((problem.code.value, problem.where) for problem in problems)


class LoadText(Protocol):
    """Loads the text of an ini file."""

    def __call__(self, text: str, **environ: str) -> Settings:
        """Load it."""
        ...


class ProblemsOf(Protocol):
    """Loads the text of an invalid ini file, and returns its problems."""

    def __call__(self, text: str, **environ: str) -> tuple[ConfigProblem, ...]:
        """Load it, and expect a ConfigError."""
        ...


class CodesOf(Protocol):
    """Loads the text of an invalid ini file, and returns the code and the place of each problem."""

    def __call__(self, text: str, **environ: str) -> tuple[tuple[str, str], ...]:
        """Load it, and expect a ConfigError."""
        ...


def lines(problems: Iterable[ConfigProblem]) -> tuple[str, ...]:
    """Return the problems as the lines that people read."""
    return tuple(map(str, problems))
