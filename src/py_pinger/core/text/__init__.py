"""Formatting, URLs, redaction and wildcards."""
