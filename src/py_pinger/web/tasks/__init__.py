"""All tasks as lists show them: how urgent each is, how many there are, filters, orders and groups."""
