"""Pages that are parsed, by their kinds, and the languages of their expressions."""
