"""Stock by SKU: what is on hand, what is reserved for whom, and every change of it."""
