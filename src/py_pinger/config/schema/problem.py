"""Problems and warnings of a configuration: values with a code, a place and a text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, auto


class ProblemCode(StrEnum):
    """What kind of problem it is."""

    # Problems: the configuration is rejected.
    UNREADABLE = auto()
    SYNTAX = auto()
    UNKNOWN_SECTION = auto()
    UNKNOWN_KEY = auto()
    UNSET_VARIABLE = auto()
    INVALID_VALUE = auto()
    INVALID_NAME = auto()
    DUPLICATE = auto()
    PLACEHOLDER = auto()
    INCOMPLETE = auto()
    CONFLICT = auto()
    NO_MATCH = auto()
    CYCLE = auto()

    # Warnings: the configuration is used.
    NOT_SET_UP = auto()
    NO_TASKS = auto()
    NO_EFFECT = auto()
    AMBIGUOUS = auto()
    UNUSED = auto()
    UNVERIFIED = auto()
    UNROUTED = auto()
    EXPOSED = auto()
    ALWAYS_OPEN = auto()
    UNNAMED = auto()


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """Something wrong, or worth a warning.

    Its kind, its place such as `[main] port`, and what to do.
    """

    code: ProblemCode
    where: str
    text: str

    def __str__(self) -> str:
        """Return one line: `<where>: <what is wrong>; <what to do>`."""
        return f"{self.where}: {self.text}" if self.where else self.text


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why and what to do."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
