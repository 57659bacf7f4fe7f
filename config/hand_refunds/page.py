"""The admin page on which a hand refund is entered."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from config.hand_refunds.entering import PERMISSION, HandRefund, purpose_of, refund_by_hand
from orders.models import Order, RefundProposal
from orders.sagas.operators.interventions import LONGEST_REFERENCE
from orders.services import ReturnRefused
from orders.services.locks import lock_order
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, ReasonForm, reason_form
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of
from outbox.kit.money import minor_units, money, plain
from outbox.kit.texts import LONGEST_REASON

MAY_SEE = ("orders.view_order", "payments.view_payment")


class HandRefundForm(ReasonForm):
    field_order = ("amount", "how", "reference", "reason")
    amount = forms.DecimalField(max_digits=15, min_value=0, widget=UnfoldAdminDecimalFieldWidget)
    how = LineField(
        label="Method of payment", max_length=LONGEST_REASON, help_text="Such as bank transfer."
    )
    reference = LineField(
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text="Where it can be looked up, such as the number of the transfer.",
    )


def hand_refund_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Show what is left, ask how much was paid, how and why, and enter it."""
    if not request.user.has_perms((PERMISSION, *MAY_SEE)):
        raise PermissionDenied
    order = get_object_or_404(Order, pk=order_id)
    form = reason_form(request, HandRefundForm)
    form.fields["amount"].help_text = f"In {order.currency}, as {plain(1234, order.currency)}."

    def enter() -> Done:
        by: Any = request.user
        made = refund_by_hand(order_id=order.id, by=by, **_answers(form, order))
        amount = money(made.amount, order.currency)
        if isinstance(made, RefundProposal):
            return Done(f"{amount} proposed: a second person has to approve it.", address_of(made))
        return Done(f"{amount} entered.", address_of(order))

    return ConfirmedAct(
        form=form,
        describe=lambda: _confirmation(order),
        carry_out=enter,
        refusals={ReturnRefused: "amount", ValueError: "amount"},
    ).answer(request, admin.site.get_model_admin(Order))


def _answers(form: ReasonForm, order: Order) -> dict[str, Any]:
    answers = form.answers
    amount = minor_units(answers["amount"], order.currency)
    made = HandRefund(amount=amount, how=answers["how"], reference=answers["reference"])
    return {"made": made, "reason": answers["reason"]}


def _confirmation(order: Order) -> Confirmation:
    with transaction.atomic():
        purpose = purpose_of(lock_order(order.id))
    left = money(purpose.owed, order.currency)
    limit = money(settings.REFUND_APPROVAL_ABOVE, order.currency)
    consequences = [
        f"{left} is left of {purpose.in_words()}: at most this can be entered.",
        "This pays nothing: it records what was paid. The gateway pays only the rest.",
        f"Above {limit} per order a second person has to agree.",
    ]
    if purpose.under_way:
        going = money(purpose.under_way, order.currency)
        consequences.append(f"The gateway is giving back {going}, and has not answered yet.")
    return Confirmation(
        title=f"Refunded by hand: {order}",
        consequences=consequences,
        button="Enter",
        dangerous=True,
    )
