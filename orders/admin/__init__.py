"""Admin pages of orders, a module per subject; all of them are imported here."""

from orders.admin import approvals, customers, orders, products

__all__ = ["approvals", "customers", "orders", "products"]
