"""Types of values: from text to a value and back."""
