"""Admin pages of orders, their customers, and what is for sale."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from orders.admin.customers import ErasesCustomers
from orders.admin.refunds import DecidesRefunds, GivesRefunds
from orders.models import Customer, Order, OrderLine, OrderStatus, Product, RefundProposal
from orders.names import customers_called
from outbox.kit.admin.links import page, rows, side_by_side, timeline
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline, badge, few
from outbox.kit.money import money

COLOURS = {
    OrderStatus.WAITING: "info",
    OrderStatus.PENDING: "info",
    OrderStatus.CONFIRMED: "success",
    OrderStatus.FULFILLED: "success",
    OrderStatus.CANCELLING: "warning",
    OrderStatus.CANCELLED: "danger",
}


def called(request: HttpRequest, term: str) -> Sequence[UUID]:
    """Return the customers whom a search may mean, for those who may see customers."""
    may_look = request.user.has_perm("orders.view_customer")
    return few(request, customers_called(term)) if may_look else []


class LineInline(ReadOnlyInline):
    model = OrderLine
    ordering = ("number",)
    fields = ("number", "product", "quantity", "price", "off", "line_total")

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


@admin.register(Order)
class OrderAdmin(GivesRefunds, ReadOnlyAdmin):
    search_ids = ("id",)
    search_texts = ("reference",)
    search_help_text = "How an id begins, a whole reference, or a customer's name or e-mail"
    opens_only_match = True
    list_select_related = ("customer",)
    list_filter = ("status", "needs_attention")
    list_display = ("__str__", "buyer", "total", "state", "reason", "flow", "placed_at")
    inlines: ClassVar = [LineInline]
    fields = (
        ("state", "reason", "total"),
        ("buyer", "reference", "flow"),
        ("of_order", "rest"),
        ("placed_at", "confirmed_at", "cancelled_at"),
        "attention",
        "elsewhere",
    )

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:
        return Q(customer_id__in=called(request, term))

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

    @admin.display(description="what was missing")
    def rest(self, order: Order) -> SafeString | None:
        backorder = order.backorders.first()
        return page("orders_order", backorder.id) if backorder else None

    @admin.display(description="more of this order")
    def elsewhere(self, order: Order) -> SafeString:
        tables = (
            ("sagas_sagainstance", "Saga"),
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


@admin.register(RefundProposal)
class RefundProposalAdmin(DecidesRefunds, ReadOnlyAdmin):
    search_ids = ("id", "order_id")
    search_help_text = "A proposal or order id"
    list_select_related = ("order",)
    list_filter = (("decided_at", admin.EmptyFieldListFilter),)
    list_display = ("of_order", "act", "total", "state", "proposed_by", "proposed_at", "decided_by")
    list_display_links = ("total",)
    fields = (
        ("act", "total", "state"),
        ("proposed_by", "proposed_at"),
        ("decided_by", "decided_at"),
        "reason",
        "of_order",
    )

    @admin.display(description="order")
    def of_order(self, proposal: RefundProposal) -> SafeString:
        return page("orders_order", proposal.order_id, proposal.order)

    @admin.display(description="amount")
    def total(self, proposal: RefundProposal) -> str:
        return money(proposal.amount, proposal.order.currency)

    @badge("decision", {"open": "info", "approved": "success", "refused": "warning"})
    def state(self, proposal: RefundProposal) -> str:
        if proposal.decided_at is None:
            return "open"
        return "approved" if proposal.approved else "refused"


@admin.register(Customer)
class CustomerAdmin(ErasesCustomers, ReadOnlyAdmin):
    search_ids = ("id",)
    search_texts = ("reference",)
    search_help_text = "A name, an e-mail, a reference, or how one of these or the id begins"
    opens_only_match = True
    list_display = ("name", "reference", "country", "account")
    list_select_related = ("user",)
    fields = (
        ("name", "email", "country"),
        ("reference", "account", "id"),
        "erased_at",
        "their_orders",
    )

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:
        return Q(pk__in=called(request, term))

    @admin.display(description="account")
    def account(self, customer: Customer) -> SafeString | None:
        user = customer.user
        return page("auth_user", user.pk, user) if user else None

    @admin.display(description="orders")
    def their_orders(self, customer: Customer) -> SafeString:
        return rows("orders_order", "Orders of this customer", customer__id__exact=customer.id)


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    search_texts = ("sku__startswith",)
    search_help_text = "The beginning of a SKU"
    ordering = ("sku",)
    list_filter = ("for_sale",)
    list_display = ("sku", "name", "price", "for_sale")
    fields = (("sku", "name"), ("price", "for_sale"), "stock")

    @admin.display(description="list price")
    def price(self, product: Product) -> str:
        return money(product.unit_price, product.currency)

    @admin.display(description="stock")
    def stock(self, product: Product) -> SafeString:
        return rows("inventory_stockitem", "Stock of this product", q=product.sku)
