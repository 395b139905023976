"""One section of the ini file: from the texts of its keys to a value of its model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import quotable_value, suggest
from py_pinger.config.schema.channel import keys_of
from py_pinger.config.schema.problem import ConfigProblem, ProblemCode
from py_pinger.config.schema.section import Model, Section


@dataclass(frozen=True, slots=True)
class RawSection:
    """A section's known keys with their texts, variables expanded, and the same as `written`.

    The problems of the keys in `reported` are reported already, and not a second time.
    """

    heading: str
    texts: Mapping[str, str]
    written: Mapping[str, str]
    reported: frozenset[str] = frozenset()

    def without(self, keys: Iterable[str]) -> RawSection:
        """Return the section without keys whose problems have been reported."""
        reported = self.reported.union(keys)
        texts = {key: self.texts[key] for key in self.texts if key not in reported}
        return replace(self, reported=reported, texts=texts)

    def without_empty(self) -> RawSection:
        """Return the section without the keys that have no value."""
        if all(self.texts.values()):
            return self
        return replace(self, texts={key: text for key, text in self.texts.items() if text})


def read_raw_section(
    model: type[Section], heading: str, raw: Mapping[str, str], environment: Environment, problems: Problems
) -> RawSection:
    """Return a section's texts with variables expanded; report unknown keys and unset variables."""
    known, fields = keys_of(model), model.model_fields
    for key in (key for key in raw if key not in fields):
        problems.problems.append(_unknown_key(heading, key, raw[key], known, problems.known_names))
    given = {key: raw[key] for key in known if key in raw}
    unset = {key: why for key, text in given.items() if (why := environment.problem(text))}
    for key, why in unset.items():
        problems.add(ProblemCode.UNSET_VARIABLE, f"[{heading}] {key}", why)
    written = {key: text for key, text in given.items() if key not in unset}
    texts = {key: environment.expand(text) for key, text in written.items()}
    return RawSection(heading, texts, written, frozenset(unset))


def _unknown_key(
    heading: str, key: str, text: str, known: Collection[str], names: KnownNames
) -> ConfigProblem:
    word = names.first_word(key)
    if word in known:
        where = f"[{heading}] {word}"
        return ConfigProblem(
            ProblemCode.UNKNOWN_KEY, where, f"the key is not followed by =; write {word}=VALUE"
        )
    quoted = names.safe_quote(key, text)
    return ConfigProblem(
        ProblemCode.UNKNOWN_KEY, f"[{heading}]", f"unknown key {quoted}; {suggest(word, known)}"
    )


def build(model: type[Model], source: RawSection, problems: Problems) -> Model | None:
    """Return the values of a section; or report all that is wrong with them, and return None."""
    try:
        return model.model_validate(source.texts)
    except ValidationError as error:
        problems.problems.extend(
            _invalid_value(model, source, detail)
            for detail in error.errors()
            if not _is_reported(detail, source.reported)
        )
        return None


def build_lenient(model: type[Model], source: RawSection) -> Model:
    """Return the values of a section without required keys, defaults for invalid ones."""
    try:
        return model.model_validate(source.texts)
    except ValidationError as error:
        return model.model_validate(source.without(str(detail["loc"][0]) for detail in error.errors()).texts)


def _is_reported(detail: ErrorDetails, reported: Collection[str]) -> bool:
    return bool(detail["loc"]) and detail["loc"][0] in reported


def _invalid_value(model: type[Section], source: RawSection, detail: ErrorDetails) -> ConfigProblem:
    why = str(detail.get("ctx", {}).get("error", detail["msg"]))
    if not detail["loc"]:
        return ConfigProblem(ProblemCode.CONFLICT, f"[{source.heading}]", why)
    key = str(detail["loc"][0])
    # A key that is left out of the model's repr may hold a secret.
    shown = f"'{quotable_value(source.written[key])}'" if model.model_fields[key].repr else "the value"
    return ConfigProblem(ProblemCode.INVALID_VALUE, f"[{source.heading}] {key}", f"{shown} {why}")
