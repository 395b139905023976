"""What `pinger look` does and prints."""
