"""Products, a cart and a check-out."""
