"""Admin pages of orders, refund proposals, customers and products."""

from orders.admin import approvals, customers, orders, products

__all__ = ["approvals", "customers", "orders", "products"]
