"""The section [api]: the tokens of programs."""

from __future__ import annotations

from collections.abc import Mapping

from py_pinger.config.parsing.ini import Environment
from py_pinger.config.parsing.problems import Problems
from py_pinger.config.parsing.raw_section import build, build_lenient, read_raw_section
from py_pinger.config.schema.settings import ApiSection


def read_api(
    sections: Mapping[str, Mapping[str, str]], environment: Environment, problems: Problems
) -> ApiSection | None:
    """Return the section [api], None if there is none."""
    raw = sections.get("api")
    if raw is None:
        return None
    source = read_raw_section(ApiSection, "api", raw, environment, problems).without_empty()
    return build(ApiSection, source, problems) or build_lenient(ApiSection, source)
