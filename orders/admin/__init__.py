"""Admin pages of orders, refund proposals, rates, customers and products."""

from orders.admin import approvals, customers, orders, products, rates

__all__ = ["approvals", "customers", "orders", "products", "rates"]
