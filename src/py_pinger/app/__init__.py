"""The program: wiring, start, reload, health, signals and logging."""
