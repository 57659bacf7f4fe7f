"""Admin pages of stock: what is there, who holds it, and how it came to be so."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.inlines.admin import NonrelatedTabularInline

from inventory.admin.stock_taking import ActsOnStock
from inventory.models import LIVE, Reservation, ReservationStatus, StockItem, StockMovement
from outbox.kit.admin.links import page, rows
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline, badge

COLOURS = {
    ReservationStatus.HELD: "info",
    ReservationStatus.COMMITTED: "success",
    ReservationStatus.CONSUMED: "success",
    ReservationStatus.RELEASED: "warning",
    ReservationStatus.REFUSED: "danger",
    ReservationStatus.EXPIRED: "warning",
}
LATEST = 50


class OfOrder:
    """Links a row to the order it is about."""

    @admin.display(description="order")
    def of_order(self, row: Any) -> SafeString | None:
        return row.order_id and page("orders_order", row.order_id)


class LiveReservationInline(OfOrder, ReadOnlyInline, NonrelatedTabularInline):  # type: ignore[misc]  # unfold ships no types
    model = Reservation
    verbose_name_plural = f"live reservations (the latest {LATEST})"
    fields = ("of_order", "quantity", "status", "created_at")

    def get_form_queryset(self, obj: StockItem) -> QuerySet[Reservation]:
        live = Reservation.objects.filter(sku=obj.sku, status__in=LIVE)
        return live.order_by("-pk")[:LATEST]


class MovementInline(OfOrder, ReadOnlyInline, NonrelatedTabularInline):  # type: ignore[misc]  # likewise
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

    @admin.display(description="more of it")
    def elsewhere(self, item: StockItem) -> SafeString:
        return rows("inventory_stockmovement", "All movements", q=item.sku)


@admin.register(Reservation)
class ReservationAdmin(OfOrder, ReadOnlyAdmin):
    search_ids = ("order_id",)
    search_help_text = "An order id"
    list_filter = ("status",)
    list_display = ("__str__", "of_order", "item", "quantity", "state", "created_at")
    fields = ("of_order", "item", "quantity", "state", "created_at")

    @admin.display(description="SKU")
    def item(self, reservation: Reservation) -> SafeString | None:
        return page("inventory_stockitem", reservation.sku) if reservation.sku else None

    @badge("status", COLOURS)
    def state(self, reservation: Reservation) -> str:
        return reservation.status


@admin.register(StockMovement)
class StockMovementAdmin(OfOrder, ReadOnlyAdmin):
    search_ids = ("order_id",)
    search_texts = ("sku", "reference")
    search_help_text = "An order id, a SKU, or the whole of a reference"
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
