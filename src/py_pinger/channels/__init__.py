"""Channels: one module or folder for each service, and the registry that names them."""

from py_pinger.channels.base import RoutedChannel, SafeAlertChannel
from py_pinger.channels.log import DryRunChannel, LogChannel
from py_pinger.channels.registry import KINDS, build, check_in_services, external_channels, routes

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
]
