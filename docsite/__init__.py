"""Builds the documentation site from docs/ by Sphinx; `scripts/docs` runs it."""
