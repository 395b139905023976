"""The section [push], and the rules of the [task …] sections of tasks that are pushed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import build, build_lenient, read_raw_section
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.schema.settings import PushSection, TaskSettings

# What says how a page is requested, or what it is.
_OF_PAGES = (
    "timeout",
    "retries",
    "page",
    "method",
    "body",
    "headers",
    "token_auth",
    "proxy",
    "ca",
    "certificate",
    "key",
    "verify",
)

# Where the key for all tasks stands.
PUSH_KEY = "[push] key"

# A code, the key that is wrong if it is one, and what is wrong with it.
_Fault = tuple[ProblemCode, str, str]


def read_push(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> PushSection | None:
    """Return the section [push], None if there is none."""
    raw = sections.get("push")
    if raw is None:
        return None
    source = read_raw_section(PushSection, "push", raw, environment, problems).without_empty()
    return build(PushSection, source, problems) or build_lenient(PushSection, source)


@dataclass(frozen=True, slots=True)
class PushRules:
    """What the sections of tasks have to obey, given whether there is a key for all of them.

    A wrong key counts for `has_key`: it is reported itself.
    """

    problems: Problems
    has_key: bool

    def check(self, label: str, settings: TaskSettings) -> None:
        """Report what contradicts that a task is pushed, or that it is not."""
        faults = self._of_pushed(settings) if settings.push else self._of_polled(settings)
        for code, key, text in faults:
            self.problems.add(code, f"[{label}] {key}".rstrip(), text)

    def _of_pushed(self, settings: TaskSettings) -> Iterator[_Fault]:
        for key in _OF_PAGES:
            if key in settings.model_fields_set:
                yield ProblemCode.CONFLICT, key, "not used together with push; remove the line"
        if not settings.frequency and not settings.schedule:
            text = "missing how often the task runs; add frequency or schedule"
            yield ProblemCode.INCOMPLETE, "", text
        if not settings.token and not self.has_key:
            text = "there is no secret for the task's URL; add key to [push], or token to the task"
            yield ProblemCode.INCOMPLETE, "push", text
        if settings.least_runtime_error is not None and not settings.least_runtime:
            text = "only used together with least_runtime; remove the line"
            yield ProblemCode.CONFLICT, "least_runtime_error", text

    def _of_polled(self, settings: TaskSettings) -> Iterator[_Fault]:
        if settings.token:
            text = "only used together with push; remove the line, or use token_auth for requests"
            yield ProblemCode.CONFLICT, "token", text
        if settings.least_runtime_error is not None and not settings.least_runtime:
            text = "only used together with least_runtime; remove the line"
            yield ProblemCode.CONFLICT, "least_runtime_error", text


def report_shared_tokens(tokens: Mapping[str, str], problems: Problems) -> None:
    """Report tokens that more than one task has; `tokens` are by the label of the section."""
    owners: dict[str, str] = {}
    for label, token in tokens.items():
        if token in owners:
            text = f"the same as in [{owners[token]}]; each task needs a UUID that no other has"
            problems.add(ProblemCode.DUPLICATE, f"[{label}] token", text)
        owners.setdefault(token, label)
