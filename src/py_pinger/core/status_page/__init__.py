"""Status pages for others: which tasks they show, and what was announced on them."""
