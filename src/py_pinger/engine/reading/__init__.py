"""Pages of other programs: one request for all their tasks, read once."""
