"""The tables of read models, and the state of rebuilds and drift checks."""

from readmodels.models.customers import CustomerOrder, CustomerStatistics
from readmodels.models.money import MoneyAtRisk, Risk
from readmodels.models.orders import OrderDetail, OrderSummary, PaymentStatus, StockStatus
from readmodels.models.sales import DailySales, SoldOrder
from readmodels.models.stock import StockBooking, StockLevel
from readmodels.models.upkeep import DriftCheck, Rebuild, RebuildStage

__all__ = [
    "CustomerOrder",
    "CustomerStatistics",
    "DailySales",
    "DriftCheck",
    "MoneyAtRisk",
    "OrderDetail",
    "OrderSummary",
    "PaymentStatus",
    "Rebuild",
    "RebuildStage",
    "Risk",
    "SoldOrder",
    "StockBooking",
    "StockLevel",
    "StockStatus",
]
