"""The SQL statements, one file per subject."""
