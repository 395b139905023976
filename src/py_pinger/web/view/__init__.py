"""What templates and JSON show: rows, filters, summaries, charts and feeds."""
