"""Admin pages of orders."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from orders.admin.customers import found_customers
from orders.admin.giving_back import EndsOrders
from orders.admin.letters import SendsLetters
from orders.admin.refunds import GivesRefunds
from orders.admin.shipments import SendsOrders, ShipmentInline
from orders.models import Adjustment, Order, OrderLine, OrderStatus
from orders.models.numbers import number_in
from outbox.kit.admin.links import page, rows, side_by_side, timeline
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline, badge
from outbox.kit.money import money

COLOURS = {
    OrderStatus.WAITING: "info",
    OrderStatus.PENDING: "info",
    OrderStatus.CONFIRMED: "success",
    OrderStatus.FULFILLED: "success",
    OrderStatus.CANCELLING: "warning",
    OrderStatus.CANCELLED: "danger",
}


class LineInline(ReadOnlyInline):
    model = OrderLine
    ordering = ("number",)
    fields = ("number", "product", "name", "quantity", "price", "off", "line_total")

    @admin.display(description="SKU")
    def product(self, line: OrderLine) -> SafeString:
        return page("orders_product", line.sku)

    @admin.display(description="unit price")
    def price(self, line: OrderLine) -> str:
        return money(line.unit_price, line.order.currency)

    @admin.display(description="discount")
    def off(self, line: OrderLine) -> str | None:
        return money(line.discount, line.order.currency) if line.discount else None

    @admin.display(description="amount")
    def line_total(self, line: OrderLine) -> str:
        return money(line.amount, line.order.currency)


class AdjustmentInline(ReadOnlyInline):
    model = Adjustment
    ordering = ("number",)
    fields = ("kind", "line", "reason", "tax_rate", "jurisdiction", "value", "included")

    @admin.display(description="rate")
    def tax_rate(self, adjustment: Adjustment) -> str | None:
        return None if adjustment.rate is None else f"{adjustment.rate.normalize():f} %"

    @admin.display(description="amount")
    def value(self, adjustment: Adjustment) -> str:
        return money(adjustment.amount, adjustment.order.currency)


@admin.register(Order)
class OrderAdmin(EndsOrders, GivesRefunds, SendsOrders, SendsLetters, ReadOnlyAdmin):
    actions_detail = (
        *SendsOrders.actions_detail,
        *EndsOrders.actions_detail,
        *GivesRefunds.actions_detail,
        *SendsLetters.actions_detail,
    )
    search_ids = ("id",)
    search_texts = ("reference",)
    search_help_text = (
        "A number, the beginning of an id, a whole reference, or a customer's name or e-mail"
    )
    opens_only_match = True
    list_select_related = ("customer",)
    list_filter = ("status", "needs_attention")
    list_display = ("__str__", "buyer", "total", "state", "reason", "flow", "placed_at")
    inlines: ClassVar = [LineInline, AdjustmentInline, ShipmentInline]
    fields = (
        ("state", "reason", "total"),
        ("buyer", "number", "reference", "flow"),
        ("of_order", "rest"),
        ("placed_at", "confirmed_at", "cancelled_at"),
        "attention",
        "elsewhere",
    )

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:  # noqa: ARG002 - unfold's signature
        """Return none for the top bar: the page lists the acts with what each would do."""
        return []

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:
        found = Q(customer_id__in=found_customers(request, term))
        number = number_in(term)
        return found | Q(number=number) if number else found

    @badge("status", COLOURS)
    def state(self, order: Order) -> str:
        return order.status

    @admin.display(description="needs attention")
    def attention(self, order: Order) -> str | None:
        return order.attention_reason if order.needs_attention else None

    @admin.display(description="reason")
    def reason(self, order: Order) -> str:
        return order.get_reason_code_display()

    @admin.display(description="amount")
    def total(self, order: Order) -> str:
        return money(order.amount, order.currency)

    @admin.display(description="customer")
    def buyer(self, order: Order) -> SafeString:
        return page("orders_customer", order.customer_id, order.customer.name)

    @admin.display(description="backorder of")
    def of_order(self, order: Order) -> SafeString | None:
        parent = order.backorder_of_id
        return page("orders_order", parent) if parent else None

    @admin.display(description="backorder")
    def rest(self, order: Order) -> SafeString | None:
        backorder = order.backorders.first()
        return page("orders_order", backorder.id) if backorder else None

    @admin.display(description="related rows")
    def elsewhere(self, order: Order) -> SafeString:
        tables = (
            ("sagas_sagainstance", "Saga"),
            ("orders_orderaddress", "Addresses"),
            ("payments_payment", "Payment"),
            ("orders_refundproposal", "Proposed refunds"),
            ("inventory_stockmovement", "Stock movements"),
            ("inventory_reservation", "Reservations"),
            ("outbox_message", "Messages"),
            ("outbox_lane", "Lanes"),
            ("readmodels_ordersummary", "What the API shows"),
        )
        lists = (rows(table, text, q=order.id) for table, text in tables)
        return side_by_side([timeline(order.id), *lists])
