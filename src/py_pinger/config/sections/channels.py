"""The channels: [slack], and more of a kind under names, such as [slack ops]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import name_problem
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import read_raw_section
from py_pinger.config.schema.channel import ChannelKinds, ConfiguredChannel
from py_pinger.config.schema.problem import ProblemCode


def kind_of(heading: str, kinds: Iterable[str]) -> str | None:
    """Return the kind of the channel with a section's heading.

    None if the section is not a channel.
    """
    first = heading.split()[:1]
    return first[0] if first and first[0] in kinds else None


def read_channels(
    sections: Mapping[str, Mapping[str, str]],
    kinds: ChannelKinds,
    environment: Environment,
    problems: Problems,
    *,
    only_log: bool,
    pages: str | None = None,
) -> Iterator[ConfiguredChannel]:
    """Yield the channels in order, except those that are not set up, or invalid.

    Their messages lead to Py Pinger's `pages`.
    """
    _check_names((heading for heading in sections if kind_of(heading, kinds)), problems)
    for heading, raw in sections.items():
        kind = kind_of(heading, kinds)
        if kind:
            valid = _name_problem(heading) is None
            name = _name(heading) if valid else problems.known_names.safe_quote(heading)
            source = read_raw_section(kinds[kind].model, name, raw, environment, problems)
            settings = read_optional_section(kinds[kind], source, problems, only_log=only_log)
            if settings:
                yield ConfiguredChannel(name, kind, settings, pages)


def _check_names(headings: Iterable[str], problems: Problems) -> None:
    used: set[str] = set()
    for heading in headings:
        name = _name(heading)
        if why := _name_problem(heading):
            where = f"[{problems.known_names.safe_quote(heading)}]"
            problems.add(ProblemCode.INVALID_NAME, where, why)
        elif name.casefold() in used:
            text = "another section defines the same channel; rename one, or put their keys under one heading"
            problems.add(ProblemCode.DUPLICATE, f"[{name}]", text)
        used.add(name.casefold())


def _name(heading: str) -> str:
    """Return a channel's name: its heading, with single blanks."""
    return " ".join(heading.split())


def _name_problem(heading: str) -> str | None:
    kind, _, name = _name(heading).partition(" ")
    return name_problem(name, f"{kind} ops") if name else None
