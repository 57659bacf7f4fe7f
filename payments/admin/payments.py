"""Admin pages of payments with their ledgers, of webhooks and of reconciliations."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from outbox.kit.admin.links import page, rows, side_by_side
from outbox.kit.admin.pages import ReadOnlyAdmin, ReadOnlyInline
from outbox.kit.money import money
from payments.admin.attention import LooksAfterPayments
from payments.ledger import Ledger
from payments.models import Dispute, Payment, PaymentOperation, Reconciliation, Webhook


class OperationInline(ReadOnlyInline):
    model = PaymentOperation
    verbose_name_plural = "ledger"
    fields = (
        "kind",
        "sum",
        "outcome",
        "decline_code",
        "postponed_until",
        "made_by",
        "approved_by",
        "how",
        "attempts",
        "requested_at",
        "concluded_at",
        "failed_at",
        "made_there",
        "idempotency_key",
        "gateway_reference",
    )

    @admin.display(description="amount")
    def sum(self, operation: PaymentOperation) -> str:
        return money(operation.amount, operation.payment.currency)


class DisputeInline(ReadOnlyInline):
    model = Dispute
    verbose_name_plural = "disputes"
    fields = ("stage", "sum", "answer_by", "reason", "reference", "reported_at")

    @admin.display(description="amount")
    def sum(self, dispute: Dispute) -> str:
        return money(dispute.amount, dispute.currency)


@admin.register(Payment)
class PaymentAdmin(LooksAfterPayments, ReadOnlyAdmin):
    search_ids = ("id", "order_id")
    search_help_text = "A payment or order id"
    opens_only_match = True
    list_filter = ("needs_attention", "disputes__stage")
    list_display = (
        "of_order",
        "asked",
        "captured",
        "refunded",
        "left",
        "disputed",
        "attention",
        "created_at",
    )
    list_display_links = ("asked",)
    inlines: ClassVar = [OperationInline, DisputeInline]
    fields = (
        ("captured", "refunded", "left"),
        ("asked", "disputed", "created_at"),
        ("of_order", "late_charge"),
        ("payment_method", "gateway"),
        ("keeps_method", "saved_with"),
        "attention",
        "elsewhere",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        rows: QuerySet[Payment] = super().get_queryset(request)
        return rows.prefetch_related("operations", "disputes")

    @admin.display(description="order")
    def of_order(self, payment: Payment) -> SafeString:
        return page("orders_order", payment.order_id)

    @admin.display(description="method saved with")
    def saved_with(self, payment: Payment) -> SafeString | None:
        return page("orders_order", payment.method_of) if payment.method_of else None

    @admin.display(description="requested")
    def asked(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)

    @admin.display(description="captured")
    def captured(self, payment: Payment) -> str:
        return money(_ledger(payment).captured, payment.currency)

    @admin.display(description="refunded")
    def refunded(self, payment: Payment) -> str:
        return money(_ledger(payment).refunded, payment.currency)

    @admin.display(description="still with us")
    def left(self, payment: Payment) -> str:
        return money(_ledger(payment).refundable, payment.currency)

    @admin.display(description="disputed")
    def disputed(self, payment: Payment) -> str | None:
        return "; ".join(_summary(each) for each in payment.disputes.all()) or None

    @admin.display(description="late charge")
    def late_charge(self, payment: Payment) -> str:
        return "refunded" if payment.given_up else "kept"

    @admin.display(description="needs attention")
    def attention(self, payment: Payment) -> str | None:
        return payment.attention_reason if payment.needs_attention else None

    @admin.display(description="see also")
    def elsewhere(self, payment: Payment) -> SafeString:
        return side_by_side(
            (
                rows("sagas_sagainstance", "Saga", q=payment.order_id),
                rows("outbox_message", "Messages", q=payment.order_id),
            )
        )


def _summary(dispute: Dispute) -> str:
    until = f", answer by {dispute.answer_by:%Y-%m-%d}" if dispute.answer_by else ""
    return f"{money(dispute.amount, dispute.currency)}: {dispute.get_stage_display()}{until}"


def _ledger(payment: Any) -> Ledger:
    return Ledger(payment, list(payment.operations.all()))


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    search_ids = ("id", "order_id")
    search_texts = ("event_id",)
    search_help_text = "An order id, or the gateway's name for a webhook"
    list_filter = ("status", "gateway")
    list_display = ("type", "of_order", "status", "outcome", "amount", "received_at")
    fields = (
        ("gateway", "event_id", "type"),
        ("kind", "idempotency_key", "of_order"),
        ("outcome", "stage", "amount", "currency", "decline_code"),
        ("gateway_reference", "about", "answer_by"),
        ("status", "happened_at", "received_at"),
    )

    @admin.display(description="order")
    def of_order(self, webhook: Webhook) -> SafeString | None:
        return page("orders_order", webhook.order_id) if webhook.order_id else None


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    list_filter = ("gateway",)
    list_display = ("made_at", "gateway", "since", "until", "entries", "differences")
    fields = (("gateway", "made_at"), ("since", "until"), ("entries", "differences"))
