"""What to do about a task that fails: a sentence for each fault."""
