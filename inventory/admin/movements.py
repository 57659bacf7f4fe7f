"""Admin pages of stock movements."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.inlines.admin import NonrelatedTabularInline

from inventory.admin.of_order import LATEST, OfOrder
from inventory.models import StockItem, StockMovement
from outbox.kit.admin.links import page
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline


class MovementInline(OfOrder, ReadOnlyInline, NonrelatedTabularInline):  # type: ignore[misc]  # unfold ships no types
    model = StockMovement
    verbose_name_plural = f"movements (the latest {LATEST})"
    fields = (
        "moved_at",
        "kind",
        "on_hand_change",
        "reserved_change",
        "of_order",
        "reason",
    )

    def get_form_queryset(self, obj: StockItem) -> QuerySet[StockMovement]:
        return StockMovement.objects.filter(sku=obj.sku).order_by("-pk")[:LATEST]


@admin.register(StockMovement)
class StockMovementAdmin(OfOrder, ReadOnlyAdmin):
    search_ids = ("order_id",)
    search_texts = ("sku", "reference")
    search_help_text = "An order id, a SKU, or a whole reference"
    list_filter = ("kind",)
    list_display = (
        "moved_at",
        "item",
        "kind",
        "on_hand_change",
        "reserved_change",
        "of_order",
        "reason",
    )
    fields = (
        ("moved_at", "kind", "item"),
        ("on_hand_change", "reserved_change"),
        ("of_order", "reason", "reference"),
    )

    @admin.display(description="SKU")
    def item(self, movement: StockMovement) -> SafeString:
        return page("inventory_stockitem", movement.sku)
