"""pinger.ini -> Settings, or a ConfigError that says all that is wrong with it."""

from py_pinger.config.diff import Difference, differences
from py_pinger.config.dump import masked_ini
from py_pinger.config.parsing.problems import ConfigError
from py_pinger.config.reader import LoadResult, attempt, load
from py_pinger.config.schema.channel import ChannelKind, ChannelKinds, ChannelSettings, ConfiguredChannel
from py_pinger.config.schema.section import OptionalSection, absent
from py_pinger.config.schema.settings import SECTIONS, MainSettings, Settings, TokenAuth
from py_pinger.config.sections.task_list import task_at

__all__ = [
    "SECTIONS",
    "ChannelKind",
    "ChannelKinds",
    "ChannelSettings",
    "ConfigError",
    "ConfiguredChannel",
    "Difference",
    "LoadResult",
    "MainSettings",
    "OptionalSection",
    "Settings",
    "TokenAuth",
    "absent",
    "attempt",
    "differences",
    "load",
    "masked_ini",
    "task_at",
]
