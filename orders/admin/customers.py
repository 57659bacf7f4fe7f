"""The admin's act on a customer: erase their personal data."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from orders import services
from orders.models import Customer
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of


class ErasesCustomers:
    """An action for the page of one customer."""

    actions_detail: ClassVar[Sequence[str]] = ("erase",)

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_erase_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.erase_customer")

    @action(description="Erase…", permissions=["erase"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def erase(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what is erased and what stays, ask why, then erase."""
        customer = row_of(request, self, object_id)
        form = reason_form(request)

        def erase() -> Done:
            actor = request.user.get_username()
            services.erase_customer(customer_id=customer.id, **form.answers, actor=actor)
            return Done("Their personal data is erased.", address_of(customer))

        return ConfirmedAct(
            form=form,
            describe=lambda: _confirmation(customer),
            carry_out=erase,
            refusals={services.ErasureRefused: "reason"},
        ).answer(request, self)


def _confirmation(customer: Customer) -> Confirmation:
    return Confirmation(
        title=f"Erase: {customer}",
        consequences=[
            "Name, addresses, reference and account are erased; this cannot be undone.",
            "Orders, payments and stock movements stay, under a number that names no person.",
        ],
        button="Erase",
        dangerous=True,
    )
