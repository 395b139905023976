"""The tasks that a command shows: read from the running server or the database, as a table, live or CSV."""
