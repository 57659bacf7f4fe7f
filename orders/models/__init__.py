"""Orders, customers and products: the write model."""

from orders.models.addresses import AddressKind, CustomerAddress, OrderAddress
from orders.models.adjustments import Adjustment, AdjustmentKind
from orders.models.confirmations import ConfirmationPurpose, EmailConfirmation
from orders.models.customers import Customer
from orders.models.lines import OrderLine
from orders.models.orders import Order
from orders.models.products import Product, ProductPrice
from orders.models.quotes import Quote
from orders.models.rates import ShippingRate, TaxRate
from orders.models.returns import (
    IN_STATUS,
    OrderReturn,
    ProposedAct,
    RefundProposal,
    ReturnStatus,
)
from orders.models.shipments import GONE, Shipment, ShipmentLine, ShipmentStatus
from orders.models.statuses import (
    LEGAL_MOVES,
    STANDING,
    IllegalMove,
    OrderStatus,
    ReasonCode,
)
from orders.models.vouchers import Voucher, VoucherHolder, VoucherUse

__all__ = [
    "GONE",
    "IN_STATUS",
    "LEGAL_MOVES",
    "STANDING",
    "AddressKind",
    "Adjustment",
    "AdjustmentKind",
    "ConfirmationPurpose",
    "Customer",
    "CustomerAddress",
    "EmailConfirmation",
    "IllegalMove",
    "Order",
    "OrderAddress",
    "OrderLine",
    "OrderReturn",
    "OrderStatus",
    "Product",
    "ProductPrice",
    "ProposedAct",
    "Quote",
    "ReasonCode",
    "RefundProposal",
    "ReturnStatus",
    "Shipment",
    "ShipmentLine",
    "ShipmentStatus",
    "ShippingRate",
    "TaxRate",
    "Voucher",
    "VoucherHolder",
    "VoucherUse",
]
