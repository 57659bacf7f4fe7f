"""Admin pages of orders, returns, proposals, rates, vouchers, customers, addresses and products."""

from orders.admin import (
    addresses,
    approvals,
    customers,
    orders,
    products,
    rates,
    returns,
    vouchers,
)

__all__ = [
    "addresses",
    "approvals",
    "customers",
    "orders",
    "products",
    "rates",
    "returns",
    "vouchers",
]
