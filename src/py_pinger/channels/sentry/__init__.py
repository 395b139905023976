"""The Sentry channel, and Sentry Crons."""

from py_pinger.channels.sentry.channel import KIND, build, check_in_service

__all__ = ["KIND", "build", "check_in_service"]
