"""The optional blocks of the ini file: set up, not set up, or half filled."""

from __future__ import annotations

from collections.abc import Mapping
from re import compile as pattern

from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.section import RawSection, build
from py_pinger.config.schema.section import Model, OptionalSection, absent
from py_pinger.config.schema.settings import TokenAuth

_PLACEHOLDER = pattern(r"<.*>")


def _token_auth_lacks(given: Mapping[str, str]) -> tuple[str, ...]:
    return () if "token" in given else absent(given, "url", "username", "password")


TOKEN_AUTH = OptionalSection(
    TokenAuth,
    ("url", "username", "password"),
    "give token, or url, username and password",
    _token_auth_lacks,
    outward=False,
)


def read_optional_section(
    block: OptionalSection[Model], source: RawSection | None, findings: Problems, *, only_log: bool
) -> Model | None:
    """Read an optional block; None if it is absent, not set up, or wrong, and then it has been told."""
    if source is None:
        return None
    filled = source.filled()
    open_keys = tuple(key for key, text in filled.texts.items() if _PLACEHOLDER.fullmatch(text))
    if open_keys and only_log and block.outward:
        findings.warnings.append(
            f"[{source.heading}] is not set up:"
            f" {_joined(open_keys)} {_is_are(open_keys)} still to be filled in"
        )
        return None
    lacking = block.lacking(dict.fromkeys(filled.told, "") | dict(filled.texts))
    if lacking == block.needs:
        findings.warnings.append(f"[{source.heading}] is not set up: {block.complete}, or remove the block")
        return None
    _tell_gaps(block, source.heading, open_keys, lacking, findings)
    return build(block.model, filled.without((*open_keys, *lacking)), findings)


def _tell_gaps(
    block: OptionalSection[Model],
    heading: str,
    open_keys: tuple[str, ...],
    lacking: tuple[str, ...],
    findings: Problems,
) -> None:
    findings.problems.extend(
        f"[{heading}] {key} is still a placeholder; put your {key} there, or remove the [{heading}] block."
        for key in open_keys
    )
    if lacking:
        findings.problems.append(
            f"[{heading}] is half filled, {_joined(lacking)} {_is_are(lacking)} missing;"
            f" {block.complete}, or remove the block."
        )


def _joined(keys: tuple[str, ...]) -> str:
    return f"{', '.join(keys[:-1])} and {keys[-1]}" if keys[1:] else keys[0]


def _is_are(keys: tuple[str, ...]) -> str:
    return "are" if keys[1:] else "is"
