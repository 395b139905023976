"""The write buffer in front of the store, and housekeeping."""
