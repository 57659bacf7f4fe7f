"""Admin action: clear the attention flag of a payment, with a reason."""

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
    """The action on the page of a payment."""

    actions_detail: ClassVar[Sequence[str]] = ("look_after",)

    # A method, since unfold queries the database for a permission that is given by name.
    def has_look_after_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("payments.look_after_payment")

    @action(description="Looked after…", permissions=["look_after"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def look_after(self: Any, request: Any, object_id: str) -> HttpResponse:
        """Show the problem and ask for a reason; clear the flag when the form is sent."""
        payment = self.get_object(request, object_id)
        if payment is None:
            raise Http404("There is no such payment.")
        if not payment.needs_attention:
            self.message_user(request, "This payment needs no attention.", messages.WARNING)
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
                self.message_user(
                    request, "The payment no longer needs attention.", messages.SUCCESS
                )
                return redirect(address_of(payment))
        return ask(request, self, form, _confirmation(payment))


def _confirmation(payment: Payment) -> Confirmation:
    return Confirmation(
        title=f"Looked after: {payment}",
        consequences=[payment.attention_reason, "The flag is cleared; nothing else changes."],
        button="Looked after",
    )
