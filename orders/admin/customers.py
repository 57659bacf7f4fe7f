"""The admin's act on a customer: erase who it was."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import action

from orders import services
from orders.models import Customer
from outbox.kit.admin.confirmation import Confirmation, SentAlready, ask, reason_form
from outbox.kit.admin.links import address_of


class ErasesCustomers:
    """An action for the page of one customer."""

    actions_detail: ClassVar[Sequence[str]] = ("erase",)

    # A method, since unfold looks a permission's name up in the database when it is checked.
    def has_erase_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.erase_customer")

    @action(description="Erase…", permissions=["erase"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def erase(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what is forgotten and what stays, and ask why; do it when that page comes back."""
        customer = self.get_object(request, object_id)
        if customer is None:
            raise Http404("there is no such customer")
        form = reason_form(request)
        if form.is_valid():
            try:
                with form.carried_out_once():
                    services.erase_customer(
                        customer_id=customer.id,
                        **form.answers,
                        actor=request.user.get_username(),
                    )
            except services.ErasureRefused as error:
                form.add_error("reason", str(error))
            except SentAlready as error:
                form.add_error(None, str(error))
            else:
                self.message_user(request, "Nobody knows who it was.", messages.SUCCESS)
                return redirect(address_of(customer))
        return ask(request, self, form, _confirmation(customer))


def _confirmation(customer: Customer) -> Confirmation:
    return Confirmation(
        title=f"Erase: {customer}",
        consequences=[
            "Name, addresses, reference and account are forgotten; it cannot be taken back.",
            "Orders, payments and stock stay in the books, under a number that names nobody.",
        ],
        button="Erase",
        dangerous=True,
    )
