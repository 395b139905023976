"""The built-in [page NAME] sections, with what each is for."""

from __future__ import annotations

import re
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from py_pinger.config.schema.page_keys import PageSettings, page_definition
from py_pinger.core.model.page import PageDefinition

_SECTION = re.compile(r"(?m)^\[page (?P<name>\S+)\]\n# (?P<about>.+)\n(?P<keys>(?:\w.*\n)+)")


@dataclass(frozen=True, slots=True)
class Preset:
    """A built-in section: its name, what it reads and its limits, and its lines as they would be written."""

    name: str
    about: str
    lines: str


@cache
def presets() -> dict[str, Preset]:
    """Return the built-in sections by their names, in the order of the file."""
    text = files("py_pinger.config.schema").joinpath("presets.ini").read_text("utf-8")
    found = _SECTION.finditer(text)
    return {each["name"]: Preset(each["name"], each["about"], each["keys"]) for each in found}


def preset_definition(name: str) -> PageDefinition:
    """Return how the pages of a built-in section are read."""
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string(f"[page]\n{presets()[name].lines}")
    return page_definition(name, PageSettings.model_validate(dict(parser["page"])))
