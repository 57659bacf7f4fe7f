"""Customers, products and orders: the write model."""

from orders.models.customers import Customer
from orders.models.orders import (
    LEGAL_MOVES,
    IllegalMove,
    Order,
    OrderLine,
    OrderStatus,
    ReasonCode,
)
from orders.models.products import Product
from orders.models.returns import OrderReturn, RefundProposal

__all__ = [
    "LEGAL_MOVES",
    "Customer",
    "IllegalMove",
    "Order",
    "OrderLine",
    "OrderReturn",
    "OrderStatus",
    "Product",
    "ReasonCode",
    "RefundProposal",
]
