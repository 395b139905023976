"""The statements, one file per subject."""
