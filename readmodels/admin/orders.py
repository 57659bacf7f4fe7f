"""Admin pages of the read models of orders."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from outbox.kit.admin.links import page, pretty, timeline
from outbox.kit.admin.pages import ReadOnlyAdmin, badge, few
from outbox.kit.money import money
from readmodels.api.filters import STATUSES, orders_meant
from readmodels.models import OrderDetail, OrderSummary
from readmodels.names import customers_called, names_of

BADGES = ("info", "info", "success", "success", "warning", "danger")
COLOURS = dict(zip(STATUSES, BADGES, strict=True))


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(status, status) for status in STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(OrderSummary)
class OrderSummaryAdmin(ReadOnlyAdmin):
    search_ids = ("order_id", "customer_id")
    search_help_text = (
        "A number, the beginning of an id, a reference, or a customer's name or e-mail"
    )
    opens_only_match = True
    ordering = ("-placed_at", "-pk")
    list_filter = (StatusFilter,)
    list_display = (
        "__str__",
        "bought_by",
        "item_count",
        "total",
        "state",
        "reason_code",
        "placed_at",
    )
    fields: tuple[Any, ...] = (
        ("of_order", "state", "reason_code"),
        ("buyer", "item_count", "total"),
        ("placed_at", "confirmed_at", "cancelled_at"),
        ("sequence", "what_happened"),
    )

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:
        may_look = request.user.has_perm("orders.view_customer")
        customers = few(request, customers_called(term)) if may_look else []
        return orders_meant(term, customers)

    @admin.display(description="order")
    def of_order(self, summary: OrderSummary) -> SafeString:
        return page("orders_order", summary.order_id)

    @admin.display(description="what happened")
    def what_happened(self, summary: OrderSummary) -> SafeString:
        return timeline(summary.order_id)

    @admin.display(description="customer")
    def bought_by(self, summary: OrderSummary) -> SafeString:
        return page("orders_customer", summary.customer_id)

    @admin.display(description="customer")
    def buyer(self, summary: OrderSummary) -> SafeString:
        names = names_of([summary.customer_id])
        return page("orders_customer", summary.customer_id, names.get(summary.customer_id))

    @admin.display(description="amount")
    def total(self, summary: OrderSummary) -> str:
        return money(summary.amount, summary.currency)

    @badge("status", COLOURS)
    def state(self, summary: OrderSummary) -> str:
        return summary.status


@admin.register(OrderDetail)
class OrderDetailAdmin(OrderSummaryAdmin):
    fields = (
        ("of_order", "state", "reason_code"),
        ("payment_status", "stock_status"),
        ("buyer", "country", "item_count", "total", "returned"),
        ("placed_at", "confirmed_at", "fulfilled_at", "cancelled_at"),
        ("sequence", "what_happened"),
        "what_was_ordered",
        "what_came_back",
        "what_was_said",
    )

    @admin.display(description="returned")
    def returned(self, detail: OrderDetail) -> str:
        return money(detail.returned_amount, detail.currency)

    @admin.display(description="lines")
    def what_was_ordered(self, detail: OrderDetail) -> SafeString:
        return pretty(detail.lines)

    @admin.display(description="returns")
    def what_came_back(self, detail: OrderDetail) -> SafeString:
        return pretty(detail.returns)

    @admin.display(description="timeline")
    def what_was_said(self, detail: OrderDetail) -> SafeString:
        return pretty(detail.timeline)
