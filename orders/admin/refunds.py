"""The admin's acts on refunds: give or propose one, approve or refuse a proposal.

The services check who may; the admin only offers the act.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from orders import services
from orders.models import IllegalMove, Order, ProposedAct, RefundProposal
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

REFUSALS = (services.ReturnRefused, services.RefundNeedsAnother, IllegalMove)

APPROVED = {
    ProposedAct.REFUND: "{} goes back at once; the customer keeps the goods.",
    ProposedAct.RETURN: "{} goes back at once, and the goods are taken back.",
    ProposedAct.INTERVENTION: "The saga goes on as proposed: {} go back, or count as settled.",
    ProposedAct.HAND_REFUND: "{} is entered as given back by hand; the gateway pays the rest only.",
    ProposedAct.CANCELLATION: "The order is cancelled: {} goes back, and what it holds is free.",
}


class RefundForm(ReasonForm):
    field_order = ("amount", "reason")
    amount = forms.DecimalField(max_digits=15, min_value=0, widget=UnfoldAdminDecimalFieldWidget)


class GivesRefunds:
    """An action for the page of one order."""

    actions_detail: ClassVar[Sequence[str]] = ("refund", "refunded_by_hand")

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_refund_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.propose_refund")

    # As above; the page is shared with payments.
    def has_refunded_by_hand_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("payments.enter_hand_refund")

    @action(description="Refunded by hand…", permissions=["refunded_by_hand"])  # type: ignore[untyped-decorator]  # likewise
    def refunded_by_hand(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the page on which it is entered, whoever asks for what."""
        return redirect("hand-refund", object_id)

    @action(description="Refund…", permissions=["refund"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def refund(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Show what is left, ask how much and why, then give or propose the refund."""
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


class DecidesRefunds:
    """Actions for the page of one proposal."""

    actions_detail: ClassVar[Sequence[str]] = ("approve", "refuse")

    # As above.
    def has_decide_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.approve_refund")

    @action(description="Approve…", permissions=["decide"])  # type: ignore[untyped-decorator]  # likewise
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide("Approve", services.approve_refund, request, object_id)

    @action(description="Refuse…", permissions=["decide"])  # type: ignore[untyped-decorator]  # likewise
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decide("Refuse", services.refuse_refund, request, object_id)

    def _decide(
        self: Any,
        verb: str,
        service: Callable[..., Any],
        request: HttpRequest,
        object_id: str,
    ) -> HttpResponse:
        """Show what is proposed and ask why, then decide."""
        proposal = row_of(request, self, object_id)
        form = reason_form(request)

        def decide() -> Done:
            service(proposal_id=proposal.id, by=request.user, **form.answers)
            return Done(f"{verb}: {proposal}.", address_of(proposal))

        return ConfirmedAct(
            form=form,
            describe=lambda: _decision(verb, proposal),
            carry_out=decide,
            refusals=dict.fromkeys(REFUSALS, "reason"),
        ).answer(request, self)


def _is_proposal(given: object) -> bool:
    return isinstance(given, RefundProposal)


def _said(given: Any, order: Order) -> str:
    amount = money(given.amount, order.currency)
    if _is_proposal(given):
        return f"{amount} proposed: somebody else has to agree."
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


def _decision(verb: str, proposal: RefundProposal) -> Confirmation:
    amount = money(proposal.amount, proposal.order.currency)
    effect = {
        "Approve": APPROVED[ProposedAct(proposal.act)].format(amount),
        "Refuse": "Nothing goes back; it can be proposed again.",
    }
    return Confirmation(
        title=f"{verb}: {proposal}",
        consequences=[
            effect[verb],
            f"{proposal.proposed_by} has proposed it: {proposal.reason}",
        ],
        button=verb,
        dangerous=verb == "Approve",
    )
