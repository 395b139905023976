"""Channels: one module or folder for each service, and the registry that names them."""

from py_pinger.channels.log import DryRunChannel, LogChannel
from py_pinger.channels.registry import KINDS, build, check_in_services, external_channels, routes, routes_of
from py_pinger.channels.safe_channel import RoutedChannel, SafeAlertChannel

__all__ = [
    "KINDS",
    "DryRunChannel",
    "LogChannel",
    "RoutedChannel",
    "SafeAlertChannel",
    "build",
    "check_in_services",
    "external_channels",
    "routes",
    "routes_of",
]
