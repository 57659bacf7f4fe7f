"""Orders, customers and products."""
