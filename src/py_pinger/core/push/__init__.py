"""Pushed reports: the ping protocol, runs, and the report that pushes of a task make together."""
