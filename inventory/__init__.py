"""Stock by SKU: units on hand, reservations, and every change."""
