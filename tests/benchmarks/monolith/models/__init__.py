"""The tables of the one-transaction shop, and those of the books that it may keep besides."""

from tests.benchmarks.monolith.models.books import (
    CustomerStatistics,
    DailySales,
    MoneyAtRisk,
    OrderDetail,
    OrderHistory,
    PaymentOperation,
    Reservation,
    StockLevel,
    StockMovement,
)
from tests.benchmarks.monolith.models.shop import (
    Customer,
    Order,
    OrderLine,
    OrderSummary,
    Payment,
    Product,
    StockItem,
)

__all__ = [
    "Customer",
    "CustomerStatistics",
    "DailySales",
    "MoneyAtRisk",
    "Order",
    "OrderDetail",
    "OrderHistory",
    "OrderLine",
    "OrderSummary",
    "Payment",
    "PaymentOperation",
    "Product",
    "Reservation",
    "StockItem",
    "StockLevel",
    "StockMovement",
]
