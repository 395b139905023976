"""Collects the problems and warnings that are found while a configuration is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.sources import Stamp, stamp_at
from py_pinger.config.schema.problem import ConfigProblem, ProblemCode


@dataclass(frozen=True, slots=True)
class Problems:
    """What is found while a configuration is read, and the `sources` that were read.

    By the `known_names` it is decided how much of an unknown name may be quoted.
    """

    known_names: KnownNames
    problems: list[ConfigProblem] = field(default_factory=list)
    warnings: list[ConfigProblem] = field(default_factory=list)
    sources: dict[str, Stamp | None] = field(default_factory=dict)

    def add(self, code: ProblemCode, where: str, text: str) -> None:
        """Add a problem, which makes the configuration unusable."""
        self.problems.append(ConfigProblem(code, where, text))

    def warn(self, code: ProblemCode, where: str, text: str) -> None:
        """Add a warning."""
        self.warnings.append(ConfigProblem(code, where, text))

    def is_wrong(self, where: str) -> bool:
        """Return True if a problem was found at this place."""
        return any(problem.where == where for problem in self.problems)

    def add_source(self, path: Path) -> None:
        """Record the state of a file before it is read, so that any later change of it is noticed."""
        self.sources[str(path)] = stamp_at(str(path))
