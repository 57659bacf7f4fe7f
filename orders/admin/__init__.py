"""Admin pages of orders, refund proposals, rates, vouchers, customers, addresses and products."""

from orders.admin import addresses, approvals, customers, orders, products, rates, vouchers

__all__ = ["addresses", "approvals", "customers", "orders", "products", "rates", "vouchers"]
