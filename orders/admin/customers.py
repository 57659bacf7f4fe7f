"""Admin pages of customers, and the act that erases one."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action

from orders import services
from orders.models import Customer
from orders.names import customers_called
from outbox.kit.admin.confirmation import Confirmation, ConfirmedAct, Done, reason_form, row_of
from outbox.kit.admin.links import address_of, page, rows
from outbox.kit.admin.pages import ReadOnlyAdmin, few


class ErasesCustomers:
    """Adds the action "Erase" to the page of a customer."""

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


def found_customers(request: HttpRequest, term: str) -> Sequence[UUID]:
    """Return the customers that a search finds, for users who may see customers."""
    may_look = request.user.has_perm("orders.view_customer")
    return few(request, customers_called(term)) if may_look else []


@admin.register(Customer)
class CustomerAdmin(ErasesCustomers, ReadOnlyAdmin):
    search_ids = ("id",)
    search_texts = ("reference",)
    search_help_text = "A name, an e-mail or a reference, or the beginning of one or of an id"
    opens_only_match = True
    list_display = ("name", "reference", "country", "account")
    list_select_related = ("user",)
    fields = (
        ("name", "email", "country", "language"),
        ("reference", "account", "id"),
        "erased_at",
        "their_orders",
    )

    def found_otherwise(self, request: HttpRequest, term: str) -> Q:
        return Q(pk__in=found_customers(request, term))

    @admin.display(description="account")
    def account(self, customer: Customer) -> SafeString | None:
        user = customer.user
        return page("auth_user", user.pk, user) if user else None

    @admin.display(description="orders")
    def their_orders(self, customer: Customer) -> SafeString:
        return rows("orders_order", "Orders of this customer", customer__id__exact=customer.id)


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
