"""The page /metrics."""
