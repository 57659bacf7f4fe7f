"""Orders, customers and products: the write model."""

from orders.models.adjustments import Adjustment, AdjustmentKind
from orders.models.customers import Customer
from orders.models.lines import OrderLine
from orders.models.orders import (
    LEGAL_MOVES,
    STANDING,
    IllegalMove,
    Order,
    OrderStatus,
    ReasonCode,
)
from orders.models.products import Product, ProductPrice
from orders.models.rates import ShippingRate, TaxRate
from orders.models.returns import OrderReturn, ProposedAct, RefundProposal
from orders.models.shipments import GONE, Shipment, ShipmentLine, ShipmentStatus

__all__ = [
    "GONE",
    "LEGAL_MOVES",
    "STANDING",
    "Adjustment",
    "AdjustmentKind",
    "Customer",
    "IllegalMove",
    "Order",
    "OrderLine",
    "OrderReturn",
    "OrderStatus",
    "Product",
    "ProductPrice",
    "ProposedAct",
    "ReasonCode",
    "RefundProposal",
    "Shipment",
    "ShipmentLine",
    "ShipmentStatus",
    "ShippingRate",
    "TaxRate",
]
