"""Reads pinger.ini into Settings, or raises a ConfigError with all its problems."""

from py_pinger.config.diff import Difference, differences
from py_pinger.config.dump import masked_ini
from py_pinger.config.items import with_items
from py_pinger.config.reader import LoadResult, load, try_load
from py_pinger.config.schema.channel import ChannelKind, ChannelKinds, ChannelSettings, ConfiguredChannel
from py_pinger.config.schema.problem import ConfigError, ConfigProblem, ProblemCode
from py_pinger.config.schema.section import OptionalSection, missing_keys
from py_pinger.config.schema.settings import (
    SECTIONS,
    ApiSection,
    MainSettings,
    PushSection,
    Settings,
    TokenAuth,
)
from py_pinger.config.sections.task_list import task_at

__all__ = [
    "SECTIONS",
    "ApiSection",
    "ChannelKind",
    "ChannelKinds",
    "ChannelSettings",
    "ConfigError",
    "ConfigProblem",
    "ConfiguredChannel",
    "Difference",
    "LoadResult",
    "MainSettings",
    "OptionalSection",
    "ProblemCode",
    "PushSection",
    "Settings",
    "TokenAuth",
    "differences",
    "load",
    "masked_ini",
    "missing_keys",
    "task_at",
    "try_load",
    "with_items",
]
