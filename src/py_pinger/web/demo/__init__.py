"""The demo: tasks of an invented shop, and what their pages say at any moment."""
