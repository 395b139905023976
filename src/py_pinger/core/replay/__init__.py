"""What other settings would have made of the stored history."""
