"""The API of programs: silences, acknowledgements, checks."""
