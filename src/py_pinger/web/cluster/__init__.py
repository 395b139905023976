"""The nodes of a cluster as a page."""
