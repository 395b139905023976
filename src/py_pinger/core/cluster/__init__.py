"""Which node of a cluster owns what: rules."""
