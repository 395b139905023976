"""The [task …] sections.

Settings of one task, by its URL, or by a name together with a url key or a push key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.quoting import quotable, quotable_url, suggest
from py_pinger.config.schema.problem import ProblemCode
from py_pinger.config.sections.push_tasks import report_shared_tokens
from py_pinger.config.sections.task_options import OptionsReader, References, TaskOptions
from py_pinger.config.values.url import is_url
from py_pinger.core.model.task import PUSH_SCHEME, PushIdentity
from py_pinger.core.text.urls import mask

# What is wrong with a section's heading or url.
_Fault = tuple[ProblemCode, str]


@dataclass(frozen=True, slots=True)
class TaskSection:
    """One task's section.

    Its `address` only if that is not in a list of [urls]; its `push` unless it is polled.
    """

    options: TaskOptions = field(default_factory=TaskOptions)
    name: str | None = None
    address: str | None = None
    push: PushIdentity | None = None


def read_task_sections(
    sections: Mapping[str, Mapping[str, str]],
    listed: Mapping[str, str],
    references: References,
    problems: Problems,
) -> dict[str, TaskSection]:
    """Return the sections, given by their headings, by the masked URLs of their tasks.

    `listed` are the URLs of [urls] by their masked ones.
    """
    reader = _TaskSectionReader(listed, references, problems)
    for heading, raw in sections.items():
        reader.add(heading, raw)
    used = {options.token_auth for options in {section.options for section in reader.sections.values()}}
    for name in (name for name in references.tokens if name and name not in used):
        text = "not used by a task; set token_auth in a [task …] section, or remove this section"
        problems.warn(ProblemCode.UNUSED, f"[token_auth {name}]", text)
    report_shared_tokens(reader.tokens, problems)
    return reader.sections


class _TaskSectionReader:
    """One pass over the sections that collects their settings."""

    def __init__(self, listed: Mapping[str, str], references: References, problems: Problems) -> None:
        self.sections: dict[str, TaskSection] = {}
        self.tokens: dict[str, str] = {}
        self._listed = listed
        self._environment = references.environment
        self._options = OptionsReader(references, problems)
        self._problems = problems

    def add(self, heading: str, raw: Mapping[str, str]) -> None:
        """Read one section."""
        named = bool(raw.get("url") or raw.get("push"))
        quote = quotable if named else mask if is_url(heading) else quotable_url
        label = f"task {quote(heading)}"
        url, fault = self._named(heading, raw) if named else self._listed_url(heading)
        if url in self.sections:
            text = "another section configures the same task; put their keys under one heading"
            fault = (ProblemCode.DUPLICATE, text)
        if fault:
            self._problems.add(fault[0], f"[{label}]", fault[1])
        own, options = self._options.read(label, raw, self._listed.get(url, ""))
        if own.token:
            self.tokens[label] = own.token
        address = url if own.push else own.url
        name = self._environment.expand(heading) if address and heading != url and not fault else None
        push = PushIdentity(own.push, own.token) if own.push else None
        self.sections[url] = TaskSection(options, own.name or name, address, push)

    def _named(self, heading: str, raw: Mapping[str, str]) -> tuple[str, _Fault | None]:
        """Return the URL of a section with a url or a push, and what is wrong with the heading or the URL."""
        environment, slug = self._environment, raw.get("push")
        address = f"{PUSH_SCHEME}{slug}" if slug else raw["url"]
        expanded = environment.expanded(address)
        url = heading if expanded is None else mask(expanded)
        if slug and raw.get("url"):
            text = "push and url are both set; keep one of them"
            return url, (ProblemCode.CONFLICT, text)
        if is_url(heading):
            key = "push" if slug else "url"
            text = f"the heading is a URL, and {key} is set too; keep one of them, or make the heading a name"
            return url, (ProblemCode.CONFLICT, text)
        if url in self._listed:
            return url, (ProblemCode.DUPLICATE, "its url is also listed in [urls]; remove one of them")
        why = environment.problem(heading)
        return url, (ProblemCode.UNSET_VARIABLE, why) if why else None

    def _listed_url(self, heading: str) -> tuple[str, _Fault | None]:
        """Return the URL that is a section's heading, and what is wrong with it."""
        if why := self._environment.problem(heading):
            return heading, (ProblemCode.UNSET_VARIABLE, why)
        url = mask(self._environment.expand(heading))
        if url in self._listed:
            return url, None
        known = self._listed if "/" in heading else ()
        remedy = suggest(url, known) if known else "add it there, or give the section a url"
        return url, (ProblemCode.NO_MATCH, f"not in a list of [urls]; {remedy}")
