"""The demo: its settings, its history, and where it runs."""
