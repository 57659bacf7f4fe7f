"""Admin pages of orders, a module per subject; all of them are imported here."""

from orders.admin import customers, orders, products, refunds

__all__ = ["customers", "orders", "products", "refunds"]
