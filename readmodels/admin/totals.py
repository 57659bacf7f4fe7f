"""Admin pages of totals, and of money at risk."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from outbox.kit.admin.links import page
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.kit.money import money
from readmodels.models import CustomerStatistics, DailySales, MoneyAtRisk, Risk, StockLevel


class Amounts:
    """Columns that show amounts with their currency."""

    @admin.display(description="amount")
    def total(self, row: Any) -> str:
        return money(row.amount, row.currency)

    @admin.display(description="returned")
    def returned(self, row: Any) -> str:
        return money(row.returned_amount, row.currency)


@admin.register(CustomerStatistics)
class CustomerStatisticsAdmin(Amounts, ReadOnlyAdmin):
    search_ids = ("customer_id",)
    search_help_text = "A customer id"
    list_display = ("customer_id", "orders", "standing", "cancelled", "total", "returned")
    fields = ("customer", ("orders", "standing", "cancelled"), ("total", "returned"))

    @admin.display(description="customer")
    def customer(self, row: CustomerStatistics) -> SafeString:
        return page("orders_customer", row.customer_id)


@admin.register(DailySales)
class DailySalesAdmin(Amounts, ReadOnlyAdmin):
    search_texts = ("sku", "country")
    search_help_text = "A SKU or a country"
    ordering = ("-day", "-sku", "-country", "-currency")
    list_display = ("day", "sku", "country", "orders", "units", "total", "returned_units")
    fields = (
        ("day", "sku", "country"),
        ("orders", "units", "total"),
        ("returned_units", "returned"),
    )


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    search_texts = ("sku__startswith",)
    search_help_text = "The beginning of a SKU"
    ordering = ("sku",)
    list_display = ("sku", "on_hand", "reserved", "available")
    fields = ("item", ("on_hand", "reserved", "available"), "bookings")

    @admin.display
    def available(self, row: StockLevel) -> int:
        return row.on_hand - row.reserved

    @admin.display
    def item(self, row: StockLevel) -> SafeString:
        return page("inventory_stockitem", row.sku)


@admin.register(MoneyAtRisk)
class MoneyAtRiskAdmin(Amounts, ReadOnlyAdmin):
    search_ids = ("order_id",)
    search_help_text = "An order id"
    ordering = ("since", "order_id")
    list_display = ("order_id", "state", "total", "since")
    fields = ("order", ("state", "total", "since"), ("authorized", "captured"), "sequence")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MoneyAtRisk]:
        rows: QuerySet[MoneyAtRisk] = super().get_queryset(request)
        return rows.filter(amount__gt=0)

    @badge(
        "why",
        {
            Risk.NOT_CAPTURED: "warning",
            Risk.NOT_CONFIRMED: "danger",
            Risk.NOT_REFUNDED: "danger",
        },
    )
    def state(self, row: MoneyAtRisk) -> str:
        return row.risk

    @admin.display
    def order(self, row: MoneyAtRisk) -> SafeString:
        return page("orders_order", row.order_id)
