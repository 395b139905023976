"""Where a page of another program states moments, and the sections that read them."""
