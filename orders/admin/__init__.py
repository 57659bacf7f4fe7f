"""Admin pages of orders, refund proposals, rates, vouchers, customers and products."""

from orders.admin import approvals, customers, orders, products, rates, vouchers

__all__ = ["approvals", "customers", "orders", "products", "rates", "vouchers"]
