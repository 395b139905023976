"""The channels to tell: [slack], and more of its kind under names of their own, like [slack ops]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from py_pinger.config.parsing.block import read_optional_section
from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.names import is_plain
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.section import entries
from py_pinger.config.schema.channel import ChannelKinds, ConfiguredChannel


def kind_of(heading: str, kinds: Iterable[str]) -> str | None:
    """Return the kind of the channel under a section's heading, or None if that is of something else."""
    first = heading.split()[:1]
    return first[0] if first and first[0] in kinds else None


def read_channels(
    sections: Mapping[str, Mapping[str, str]],
    kinds: ChannelKinds,
    environment: Environment,
    findings: Problems,
    *,
    only_log: bool,
) -> Iterator[ConfiguredChannel]:
    """Read the sections of channels, in their order; one that is not set up, or wrong, is left out."""
    _tell_odd_names((heading for heading in sections if kind_of(heading, kinds)), findings)
    for heading, raw in sections.items():
        kind = kind_of(heading, kinds)
        if kind:
            name = _name(heading) if _is_plain(heading) else findings.vocabulary.quoted(heading)
            source = entries(kinds[kind].model, name, raw, environment, findings)
            settings = read_optional_section(kinds[kind], source, findings, only_log=only_log)
            if settings:
                yield ConfiguredChannel(name, kind, settings)


def _tell_odd_names(headings: Iterable[str], findings: Problems) -> None:
    seen: set[str] = set()
    for heading in headings:
        name = _name(heading)
        if not _is_plain(heading):
            findings.problems.append(
                f"[{findings.vocabulary.quoted(heading)}] has a name that is longer than 40 characters or has"
                " others in it than letters, digits, blanks and . _ -; give it a short plain one, like"
                f" [{heading.split()[0]} ops]."
            )
        elif name.casefold() in seen:
            findings.problems.append(
                f"[{name}] names the same channel as another section; give one of them another name, or put"
                " their keys under one heading."
            )
        seen.add(name.casefold())


def _name(heading: str) -> str:
    """Return what a channel is called everywhere: its heading, with single blanks."""
    return " ".join(heading.split())


def _is_plain(heading: str) -> bool:
    own = _name(heading).partition(" ")[2]
    return not own or is_plain(own)
