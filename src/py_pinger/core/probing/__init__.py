"""Certificate expiry, X.509 and cloud metadata addresses: rules."""
