"""Backends, files, recovery, locks, migration and errors."""
