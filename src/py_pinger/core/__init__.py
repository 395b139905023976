"""The pure core: no I/O, no clock, no logging, no asyncio; every moment is an argument."""
