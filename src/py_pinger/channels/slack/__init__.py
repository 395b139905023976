"""The Slack channel."""

from py_pinger.channels.slack.channel import KIND, build

__all__ = ["KIND", "build"]
