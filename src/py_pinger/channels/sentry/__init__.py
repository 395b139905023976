"""The Sentry channel, and Sentry Crons."""

from py_pinger.channels.sentry.channel import KIND, build, crons

__all__ = ["KIND", "build", "crons"]
