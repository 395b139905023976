"""One section of the ini file: from the texts of its keys to a value of its model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import KnownNames
from py_pinger.config.parsing.problems import Problems, shown_value, suggestion
from py_pinger.config.schema.channel import keys_of
from py_pinger.config.schema.section import Model, Section


@dataclass(frozen=True, slots=True)
class RawSection:
    """A section's known keys with their texts, variables filled in, and the same as `written`.

    `told` are the keys whose problem has been told already: they are not asked for again.
    """

    heading: str
    texts: Mapping[str, str]
    written: Mapping[str, str]
    told: frozenset[str] = frozenset()

    def without(self, keys: Iterable[str]) -> RawSection:
        """Leave keys out of which enough has been said."""
        told = self.told.union(keys)
        return replace(self, told=told, texts={key: self.texts[key] for key in self.texts if key not in told})

    def filled(self) -> RawSection:
        """Leave out the keys with nothing behind them, as if they were not there."""
        return replace(self, texts={key: text for key, text in self.texts.items() if text})


def entries(
    model: type[Section], heading: str, raw: Mapping[str, str], environment: Environment, findings: Problems
) -> RawSection:
    """Take a section's texts as written, and tell of the names and variables that are not known."""
    known = keys_of(model)
    strange = {key: text for key, text in raw.items() if key not in known}
    findings.problems.extend(
        f"[{heading}] {_unknown(key, text, known, findings.vocabulary)}" for key, text in strange.items()
    )
    faults = {key: environment.fault(raw[key]) for key in known if key in raw}
    findings.problems.extend(f"[{heading}] {key} {why}." for key, why in faults.items() if why)
    sound = {key: environment.expand(raw[key]) for key, why in faults.items() if not why}
    written = {key: raw[key] for key in sound}
    return RawSection(heading, sound, written, frozenset(faults) - frozenset(sound))


def _unknown(key: str, text: str, known: Collection[str], vocabulary: KnownNames) -> str:
    word = vocabulary.word_of(key)
    if word in known:
        return f"{word} is followed by something other than =; write {word}=VALUE."
    return f"has no key {vocabulary.quoted(key, text)}: {suggestion(word, known)}"


def build(model: type[Model], source: RawSection, findings: Problems) -> Model | None:
    """Read the values of a section, or tell of all that is wrong with them and return None."""
    try:
        return model.model_validate(source.texts)
    except ValidationError as error:
        findings.problems.extend(
            _sentence(model, source, detail) for detail in error.errors() if not _told(detail, source.told)
        )
        return None


def build_lenient(model: type[Model], source: RawSection) -> Model:
    """Read what can be read of a section that needs no key, and take the rest to be as by default."""
    try:
        return model.model_validate(source.texts)
    except ValidationError as error:
        return model.model_validate(source.without(str(detail["loc"][0]) for detail in error.errors()).texts)


def _told(detail: ErrorDetails, told: Collection[str]) -> bool:
    return bool(detail["loc"]) and detail["loc"][0] in told


def _sentence(model: type[Section], source: RawSection, detail: ErrorDetails) -> str:
    why = detail.get("ctx", {}).get("error", detail["msg"])
    if not detail["loc"]:
        return f"[{source.heading}] {why}."
    key = str(detail["loc"][0])
    text = f" = {shown_value(source.written[key])}" if model.model_fields[key].repr else ""
    return f"[{source.heading}] {key}{text} {why}."
