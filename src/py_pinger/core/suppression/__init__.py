"""Silences, maintenance windows and dependencies: rules."""
