"""Admin pages of orders, refund proposals, customers and products."""

from orders.admin import orders

__all__ = ["orders"]
