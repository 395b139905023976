"""The commands that create, list and end silences and acknowledgements."""
