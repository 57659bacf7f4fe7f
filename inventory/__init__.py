"""Stock by SKU: units on hand, reservations of orders, and all movements."""
