"""The models of the ini file's sections, required and optional."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section of the ini file; each field is a key, without repr if it may be a secret."""

    # pydantic's own texts would quote secrets. A section that pinger.ini does not have costs no model.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


Model = TypeVar("Model", bound=Section)


def missing_keys(given: Mapping[str, str], *keys: str) -> tuple[str, ...]:
    """Return those of the keys that are not given."""
    return tuple(key for key in keys if key not in given)


@dataclass(frozen=True, slots=True)
class OptionalSection(Generic[Model]):
    """An optional section: the keys it `needs`, and the `remedy` that completes it, as a text.

    A section that lacks all the keys it needs is not set up. `missing_rule` returns the missing keys, where
    that depends on which others are given. An `external` one may stay incomplete as long as nothing is sent
    to the outside.
    """

    model: type[Model]
    needs: tuple[str, ...]
    remedy: str
    missing_rule: Callable[[Mapping[str, str]], tuple[str, ...]] | None = None
    external: bool = True

    def missing(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """Return the keys that are missing."""
        return self.missing_rule(given) if self.missing_rule else missing_keys(given, *self.needs)
