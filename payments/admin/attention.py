"""Admin action: clear the attention flag of a payment, with a reason."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    reason_form,
    row_of,
)
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
        payment = row_of(request, self, object_id)
        if not payment.needs_attention:
            self.message_user(request, "This payment needs no attention.", messages.WARNING)
            return redirect(address_of(payment))
        form = reason_form(request)

        def look_after() -> Done:
            services.look_after_payment(order_id=payment.order_id, by=request.user, **form.answers)
            return Done("The payment no longer needs attention.", address_of(payment))

        return ConfirmedAct(
            form=form, describe=lambda: _confirmation(payment), carry_out=look_after
        ).answer(request, self)


def _confirmation(payment: Payment) -> Confirmation:
    return Confirmation(
        title=f"Looked after: {payment}",
        consequences=[payment.attention_reason, "The flag is cleared; nothing else changes."],
        button="Looked after",
    )
