"""Making both databases, and examining them."""
