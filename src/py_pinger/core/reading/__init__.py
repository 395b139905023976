"""Pages that are not ours: from JSON, XML, metrics, text or headers to a task report."""
