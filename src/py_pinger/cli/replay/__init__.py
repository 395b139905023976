"""What `pinger replay` does, and how it is printed."""
