"""The optional blocks of the ini file: set up, not set up, or half filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from re import compile as pattern
from typing import Generic

from py_pinger.config.credentials import SLACK_API
from py_pinger.config.problem import Findings
from py_pinger.config.section import Entries, Model, build
from py_pinger.config.settings import HipChatSettings, SentrySettings, SlackSettings, TokenAuth

_PLACEHOLDER = pattern(r"<.*>")


def _absent(given: Mapping[str, str], *keys: str) -> tuple[str, ...]:
    return tuple(key for key in keys if key not in given)


def _slack_lacks(given: Mapping[str, str]) -> tuple[str, ...]:
    webhook = "token" not in given and not given.get("url", SLACK_API).startswith(SLACK_API)
    return () if webhook else _absent(given, "token", "channel")


def _token_auth_lacks(given: Mapping[str, str]) -> tuple[str, ...]:
    return () if "token" in given else _absent(given, "url", "username", "password")


@dataclass(frozen=True, slots=True)
class Block(Generic[Model]):
    """An optional block: which keys it `lacks`, given others, and what it needs to be `complete`.

    A block that lacks all it `needs` is not set up. One that is only `outward` may be left unfinished as
    long as nothing is sent to the outside.
    """

    model: type[Model]
    needs: tuple[str, ...]
    lacks: Callable[[Mapping[str, str]], tuple[str, ...]]
    complete: str
    outward: bool = True


HIPCHAT = Block(
    HipChatSettings,
    ("room", "auth"),
    lambda given: _absent(given, "room", "auth"),
    "give both room and auth",
)
SLACK = Block(
    SlackSettings,
    ("token", "channel"),
    _slack_lacks,
    "give token and channel, or an incoming webhook's address as url and no token",
)
SENTRY = Block(SentrySettings, ("url",), lambda given: _absent(given, "url"), "give the DSN as url")
TOKEN_AUTH = Block(
    TokenAuth,
    ("url", "username", "password"),
    _token_auth_lacks,
    "give token, or url, username and password",
    outward=False,
)


def read_block(
    block: Block[Model], source: Entries | None, findings: Findings, *, only_log: bool
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
    lacking = block.lacks(dict.fromkeys(filled.told, "") | dict(filled.texts))
    if lacking == block.needs:
        findings.warnings.append(f"[{source.heading}] is not set up: {block.complete}, or remove the block")
        return None
    _tell_gaps(block, source.heading, open_keys, lacking, findings)
    return build(block.model, filled.without((*open_keys, *lacking)), findings)


def _tell_gaps(
    block: Block[Model],
    heading: str,
    open_keys: tuple[str, ...],
    lacking: tuple[str, ...],
    findings: Findings,
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
