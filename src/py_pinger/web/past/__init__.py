"""What the pages show of a task's past: its calendar, strips, charts, runs and statuses."""
