"""Checks of nodes that repeat the last result: which rows wait for them, and how they are read."""
