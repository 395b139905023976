"""What a section of the ini file is, and one that may be left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of the ini file; each field is a key of it, and one kept out of repr may hold a secret."""

    # What is wrong is told by us; pydantic's own words would quote secrets.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Model = TypeVar("Model", bound=Section)


def absent(given: Mapping[str, str], *keys: str) -> tuple[str, ...]:
    """Return those of the keys that are not given."""
    return tuple(key for key in keys if key not in given)


@dataclass(frozen=True, slots=True)
class OptionalSection(Generic[Model]):
    """An optional section: which keys it `needs`, and in words what makes it `complete`.

    A block that lacks all it needs is not set up. `lacks` tells which keys one lacks, given others, where
    that is more than what it needs. One that is only `outward` may be left unfinished as long as nothing is
    sent to the outside.
    """

    model: type[Model]
    needs: tuple[str, ...]
    complete: str
    lacks: Callable[[Mapping[str, str]], tuple[str, ...]] | None = None
    outward: bool = True

    def lacking(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the keys that are missing beside those that are given."""
        return self.lacks(given) if self.lacks else absent(given, *self.needs)
