"""Items of pages that are tasks because their page lists them."""
