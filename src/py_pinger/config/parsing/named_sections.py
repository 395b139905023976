"""Sections of one kind, each with a name in its heading, such as [maintenance NAME] and [page NAME]."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from py_pinger.config.parsing.names import name_problem
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.schema.problem import ProblemCode


@dataclass(frozen=True, slots=True)
class NamedSection:
    """A section: its name, its texts, and the `label` by which problems name it."""

    name: str
    label: str
    raw: Mapping[str, str]


def is_named(kind: str, heading: str) -> bool:
    """Return True if a section's heading is a kind and a name."""
    return _name(kind, heading) is not None


def named_sections(
    kind: str, sections: Mapping[str, Mapping[str, str]], example: str, problems: Problems
) -> Iterator[NamedSection]:
    """Yield the sections of a kind; report names that are invalid, or used twice."""
    used: set[str] = set()
    for heading, raw in sections.items():
        name = _name(kind, heading)
        if name is None:
            continue
        label = f"{kind} {name}"
        if why := name_problem(name, f"{kind} {example}"):
            label = problems.known_names.safe_quote(heading)
            problems.add(ProblemCode.INVALID_NAME, f"[{label}]", why)
        elif name.casefold() in used:
            text = "the section is defined twice; rename one of them"
            problems.add(ProblemCode.DUPLICATE, f"[{label}]", text)
        used.add(name.casefold())
        yield NamedSection(name, label, raw)


def _name(kind: str, heading: str) -> str | None:
    if not heading.startswith(kind):
        return None
    found = re.fullmatch(rf"{kind}\s+(\S.*)", heading)
    return " ".join(found[1].split()) if found else None
