"""Admin pages of stock items."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString

from inventory.admin.movements import MovementInline
from inventory.admin.reservations import LiveReservationInline
from inventory.admin.stock_taking import ActsOnStock
from inventory.models import StockItem
from outbox.kit.admin.links import rows
from outbox.kit.admin.pages import ReadOnlyAdmin


@admin.register(StockItem)
class StockItemAdmin(ActsOnStock, ReadOnlyAdmin):
    search_texts = ("sku__startswith",)
    search_help_text = "The beginning of a SKU"
    opens_only_match = True
    ordering = ("sku",)
    list_display = ("sku", "on_hand", "reserved", "available")
    inlines: ClassVar = [LiveReservationInline, MovementInline]
    fields = (
        ("on_hand", "reserved", "available"),
        ("sku", "version", "elsewhere"),
    )

    @admin.display(description="related rows")
    def elsewhere(self, item: StockItem) -> SafeString:
        return rows("inventory_stockmovement", "All movements", q=item.sku)
