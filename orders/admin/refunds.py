"""The admin acts that give money of an order back.

The services check permissions again; here they only hide or show an action.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from orders import services
from orders.models import Order, RefundProposal
from orders.services.approvals import given_lately
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of
from outbox.kit.money import minor_units, money, plain


class RefundForm(ReasonForm):
    field_order = ("amount", "reason")
    amount = forms.DecimalField(max_digits=15, min_value=0, widget=UnfoldAdminDecimalFieldWidget)


class GivesRefunds:
    """Adds an action that gives money back to the page of an order."""

    actions_detail: ClassVar[Sequence[str]] = ("refund",)

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_refund_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.propose_refund")

    @action(description="Refund…", permissions=["refund"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def refund(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Ask for an amount and a reason; refund or propose when the form is sent."""
        order = row_of(request, self, object_id)
        form = reason_form(request, RefundForm)
        form.fields["amount"].help_text = f"In {order.currency}, as {plain(1234, order.currency)}."

        def give() -> Done:
            given = services.give_refund(
                order_id=order.id,
                amount=minor_units(form.answers["amount"], order.currency),
                reason=form.answers["reason"],
                by=request.user,
            )
            return Done(_said(given, order), address_of(given if _is_proposal(given) else order))

        return ConfirmedAct(
            form=form,
            describe=lambda: _refund_of(order),
            carry_out=give,
            refusals={services.ReturnRefused: "amount", ValueError: "amount"},
        ).answer(request, self)


def _is_proposal(given: object) -> bool:
    return isinstance(given, RefundProposal)


def _said(given: Any, order: Order) -> str:
    amount = money(given.amount, order.currency)
    if _is_proposal(given):
        return f"{amount} proposed: a second person has to approve it."
    return f"{amount} goes back."


def _refund_of(order: Order) -> Confirmation:
    left = money(order.amount - order.returned_amount, order.currency)
    limit = money(settings.REFUND_APPROVAL_ABOVE, order.currency)
    given = money(given_lately(order), order.currency)
    return Confirmation(
        title=f"Refund: {order}",
        consequences=[
            f"{left} of it can go back; the customer keeps the goods.",
            f"Above {limit} per order a second person has to agree; {given} went back lately.",
        ],
        button="Refund",
        dangerous=True,
    )
