"""Py Pinger, the task-freshness monitor."""

__version__ = "0.1.0"
