"""Authentication, passwords, throttling, CSRF, allowed hosts and proxies."""
