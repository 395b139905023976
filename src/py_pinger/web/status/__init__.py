"""Status pages for others: what they show, and nothing else."""
