"""Silences in force, and whether a notice is suppressed."""
