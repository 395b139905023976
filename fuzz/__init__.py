"""Coverage-guided fuzzing: each target is a file with a `check` that states what holds for any bytes."""
