"""Articles, and the pages around them."""
