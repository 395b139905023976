"""The sections whose names or keys vary: URLs, tasks, channels, tokens, maintenance."""
