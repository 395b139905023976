"""The email channel."""

from py_pinger.channels.email.email_channel import build
from py_pinger.channels.email.email_settings import KIND

__all__ = ["KIND", "build"]
