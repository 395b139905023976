"""The nodes of a cluster as a command shows them: from a server or the database, as a table."""
