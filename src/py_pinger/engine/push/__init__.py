"""Receives pushed reports: stored together, then evaluated; loaded where a task is pushed."""
