"""The admin's act on a payment that needs attention: a human says that it has been looked after."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from outbox.kit.admin.confirmation import Confirmation, SentAlready, ask, reason_form
from outbox.kit.admin.links import address_of
from payments import services
from payments.models import Payment


class LooksAfterPayments:
    """An action for the page of one payment."""

    actions_detail: ClassVar[Sequence[str]] = ("look_after",)

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_look_after_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("payments.look_after_payment")

    @action(description="Looked after…", permissions=["look_after"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def look_after(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Show what it was and ask why it is over; take the flag down when that page comes back."""
        payment = self.get_object(request, object_id)
        if payment is None:
            raise Http404("there is no such payment")
        if not payment.needs_attention:
            self.message_user(request, "It needs no attention.", messages.WARNING)
            return redirect(address_of(payment))
        form = reason_form(request)
        if form.is_valid():
            try:
                with form.carried_out_once():
                    services.look_after_payment(
                        order_id=payment.order_id, by=request.user, **form.answers
                    )
            except SentAlready as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, "It needs attention no more.", messages.SUCCESS)
                return redirect(address_of(payment))
        return ask(request, self, form, _confirmation(payment))


def _confirmation(payment: Payment) -> Confirmation:
    return Confirmation(
        title=f"Looked after: {payment}",
        consequences=[payment.attention_reason, "Its flag goes; nothing else changes."],
        button="Looked after",
    )
