"""The loops: they do the I/O that the rules of the core decide on."""
