"""The admin acts that end an order or take goods of it back, for its customer."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from orders import services
from orders.admin.possible import MAY_CHANGE
from orders.models import IllegalMove, Order, OrderLine, OrderReturn, RefundProposal
from orders.services.returnable import LineToReturn, awaits_goods, units_to_return
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of
from outbox.kit.money import money

REFUSALS = {services.ReturnRefused: "reason", IllegalMove: "reason"}


class EndsOrders:
    """Adds actions that cancel an order, or take units of its lines back."""

    actions_detail: ClassVar[Sequence[str]] = ("cancel", "take_back")

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_cancel_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    def has_take_back_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    @action(description="Cancel…", permissions=["cancel"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def cancel(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Say what a cancellation gives back and ask for a reason; cancel or propose it."""
        order = row_of(request, self, object_id)
        form = reason_form(request)

        def cancel() -> Done:
            done = services.cancel_for_customer(
                order_id=order.id, reason=form.answers["reason"], by=request.user
            )
            return _done(done, order, f"Order {order} is being cancelled.")

        return ConfirmedAct(
            form=form,
            describe=lambda: _cancellation(order),
            carry_out=cancel,
            refusals=REFUSALS,
        ).answer(request, self)

    @action(description="Take back…", permissions=["take_back"])  # type: ignore[untyped-decorator]  # likewise
    def take_back(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Ask for units of each line and a reason; return or propose them."""
        order = row_of(request, self, object_id)
        lines = list(order.lines.order_by("number"))
        form = reason_form(request, _form_of(order, lines))

        def take_back() -> Done:
            answers = form.answers
            units = {line: answers[f"line_{line.number}"] or 0 for line in lines}
            done = services.return_for_customer(
                order_id=order.id,
                lines=[
                    LineToReturn(line.number, number) for line, number in units.items() if number
                ],
                reason=answers["reason"],
                by=request.user,
            )
            if isinstance(done, OrderReturn) and done.expected_until:
                return Done(f"Order {order}: its goods are expected back.", address_of(done))
            return _done(done, order, f"What comes back of order {order} is refunded.")

        return ConfirmedAct(
            form=form,
            describe=lambda: _return_of(order),
            carry_out=take_back,
            refusals=REFUSALS,
        ).answer(request, self)


def _form_of(order: Order, lines: Sequence[OrderLine]) -> type[ReasonForm]:
    left = units_to_return(order, lines)
    fields = {
        f"line_{line.number}": forms.IntegerField(
            label=f"Units of {line.sku}",
            min_value=0,
            max_value=most,
            required=False,
            widget=UnfoldAdminIntegerFieldWidget,
            help_text=f"At most {most}.",
        )
        for line in lines
        if (most := left[line.number]) >= 0
    }
    return type("ReturnForm", (ReasonForm,), {"field_order": (*fields, "reason"), **fields})


def _done(done: object, order: Order, sentence: str) -> Done:
    if isinstance(done, RefundProposal):
        return Done("It is proposed: a second person has to approve it.", address_of(done))
    return Done(sentence, address_of(order))


def _cancellation(order: Order) -> Confirmation:
    left = money(order.amount - order.returned_amount, order.currency)
    return Confirmation(
        title=f"Cancel: {order}",
        consequences=[
            f"What was taken of {left} goes back to the customer, and its goods become free.",
            "Above the limit of one person it is proposed, and a second one has to agree.",
        ],
        button="Cancel the order",
        dangerous=True,
    )


def _return_of(order: Order) -> Confirmation:
    return Confirmation(
        title=f"Take back: {order}",
        consequences=[
            "The units are refunded at their price with their share of discounts and taxes,"
            + (" once they are received." if awaits_goods(order) else "."),
            "All that is left of an order of which nothing was sent: it is cancelled instead.",
            "Above the limit of one person it is proposed, and a second one has to agree.",
        ],
        button="Take back",
        dangerous=True,
    )
