"""The routes to which tasks send their reports; loaded where there are such tasks."""
