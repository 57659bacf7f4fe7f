"""Admin pages of reservations."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from unfold.contrib.inlines.admin import NonrelatedTabularInline

from inventory.admin.of_order import LATEST, OfOrder
from inventory.models import LIVE, Reservation, ReservationStatus, StockItem
from outbox.kit.admin.links import page
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline, badge

COLOURS = {
    ReservationStatus.HELD: "info",
    ReservationStatus.COMMITTED: "success",
    ReservationStatus.CONSUMED: "success",
    ReservationStatus.RELEASED: "warning",
    ReservationStatus.REFUSED: "danger",
    ReservationStatus.EXPIRED: "warning",
}


class LiveReservationInline(OfOrder, ReadOnlyInline, NonrelatedTabularInline):  # type: ignore[misc]  # unfold ships no types
    model = Reservation
    verbose_name_plural = f"live reservations (the latest {LATEST})"
    fields = ("of_order", "quantity", "status", "created_at")

    def get_form_queryset(self, obj: StockItem) -> QuerySet[Reservation]:
        live = Reservation.objects.filter(sku=obj.sku, status__in=LIVE)
        return live.order_by("-pk")[:LATEST]


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
