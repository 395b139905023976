"""Recognises what exactly is wrong with a task that fails."""
