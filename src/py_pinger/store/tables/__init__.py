"""The schema, column types and rows."""
