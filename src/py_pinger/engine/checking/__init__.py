"""The monitor loop, its scheduler and its limiter."""
