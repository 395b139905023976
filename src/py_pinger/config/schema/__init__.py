"""Sections, keys and defaults: the settings."""
