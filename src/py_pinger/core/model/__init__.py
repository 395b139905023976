"""The values that cross boundaries."""
