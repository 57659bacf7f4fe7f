"""What an order costs: list prices, adjustments, and the parts of a divided order."""

from orders.pricing.dividing import Priced, divide
from orders.pricing.lines import NewLine, NotPriced, OrderRefused, UnknownSku, price_lines
from orders.pricing.orders import price_as_agreed, price_order
from orders.pricing.provider import PriceUnknown
from orders.pricing.vouchers import VoucherRefused, VoucherUsedUp

__all__ = [
    "NewLine",
    "NotPriced",
    "OrderRefused",
    "PriceUnknown",
    "Priced",
    "UnknownSku",
    "VoucherRefused",
    "VoucherUsedUp",
    "divide",
    "price_as_agreed",
    "price_lines",
    "price_order",
]
