"""Evaluates the stored history with other settings."""
