"""Pushed reports in commands: the lines for senders, imports from other programs, pages sent elsewhere."""
