"""A process as a node of a cluster: its part of the settings, and how that changes; loaded only there."""
