"""A node of a cluster at run time: its lease, and what it owns; loaded where a node has a name."""
