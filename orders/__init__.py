"""The life of an order, its customers, and what is for sale at which price."""
