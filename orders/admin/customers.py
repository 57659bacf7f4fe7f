"""Admin pages of customers, and the act that erases one."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from orders import services
from orders.admin.list_imports import import_page
from orders.languages import LANGUAGES
from orders.models import Customer
from orders.names import customers_called
from orders.services import customer_lists
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.form_fields import LineField
from outbox.kit.admin.links import address_of, page, rows
from outbox.kit.admin.pages import ReadOnlyAdmin, few


class CustomerForm(ReasonForm):
    field_order: Any = ("name", "email", "country", "language", "reason")
    name = LineField(max_length=200)
    email = forms.EmailField(required=False, widget=UnfoldAdminEmailInputWidget)
    country = LineField(max_length=60, required=False)
    language = forms.ChoiceField(
        choices=[("", "the shop's"), *((code, code) for code in sorted(LANGUAGES))],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Of letters about orders placed from now on.",
    )


class NewCustomerForm(CustomerForm):
    field_order: Any = ("name", "email", "country", "language", "reference", "reason")
    reference = LineField(
        max_length=80, required=False, help_text="The customer's number in another system."
    )


class KeepsCustomers:
    """Adds the acts "Add", "Change" and "Erase" to the pages of customers."""

    actions_list: ClassVar[Sequence[str]] = ("add_one", "export_list", "import_list")
    actions_detail: ClassVar[Sequence[str]] = ("change_it", "erase")

    # Methods, for the same reason as below.
    def has_add_one_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.add_customer")

    def has_change_it_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.change_customer")

    def has_lists_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.import_customers")

    @action(description="Export", permissions=["lists"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def export_list(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse(
            "".join(customer_lists.export_customers()),
            content_type="text/csv",
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )

    @action(description="Import…", permissions=["lists"])  # type: ignore[untyped-decorator]  # likewise
    def import_list(self: Any, request: HttpRequest) -> HttpResponse:
        """Show what a list would change; carry it out when the same list is sent again."""
        return import_page(
            request,
            self,
            plan_import=customer_lists.plan_import,
            carry_out=customer_lists.import_customers,
            called=lambda each: each.reference or str(each.customer_id),
        )

    @action(description="Add…", permissions=["add_one"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def add_one(self: Any, request: HttpRequest) -> HttpResponse:
        form = reason_form(request, NewCustomerForm)

        def add() -> Done:
            answers = {**form.answers, "reference": form.answers["reference"] or None}
            customer = services.add_customer(**answers, actor=request.user.get_username())
            return Done(f"Added: {customer}.", address_of(customer))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title="Add a customer",
                consequences=["They may be a customer already: search first."],
                button="Add",
            ),
            carry_out=add,
            refusals={services.CustomerKnown: "reference"},
        ).answer(request, self)

    @action(description="Change…", permissions=["change_it"])  # type: ignore[untyped-decorator]  # likewise
    def change_it(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        customer = row_of(request, self, object_id)
        form = reason_form(request, CustomerForm)
        names = [name for name in CustomerForm.field_order if name != "reason"]
        form.initial = {name: getattr(customer, name) for name in names}

        def change() -> Done:
            answers = form.answers
            changes = {
                name: answers[name] for name in names if answers[name] != getattr(customer, name)
            }
            changed = services.correct_customer(
                customer_id=customer.id,
                changes=changes,
                reason=answers["reason"],
                actor=request.user.get_username(),
            )
            return Done(f"Changed: {changed}.", address_of(changed))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Change: {customer}",
                consequences=["All their orders show the name that they have now."],
                button="Change",
            ),
            carry_out=change,
            refusals={Customer.DoesNotExist: "name"},
        ).answer(request, self)

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
class CustomerAdmin(KeepsCustomers, ReadOnlyAdmin):
    search_ids = ("id",)
    search_texts = ("reference",)
    search_help_text = "A name, an e-mail or a reference, or the beginning of one or of an id"
    opens_only_match = True
    list_display = ("name", "reference", "country", "account")
    list_select_related = ("user",)
    fields = (
        ("name", "email", "confirmed_email"),
        ("country", "language"),
        ("reference", "account", "id"),
        "erased_at",
        ("their_orders", "their_addresses"),
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

    @admin.display(description="addresses")
    def their_addresses(self, customer: Customer) -> SafeString:
        return rows("orders_customeraddress", "Addresses of this customer", q=customer.id)


def _confirmation(customer: Customer) -> Confirmation:
    return Confirmation(
        title=f"Erase: {customer}",
        consequences=[
            "Name, addresses, reference and account are erased; this cannot be undone.",
            "So are the addresses of their orders.",
            "Orders, payments and stock movements stay, under a number that names no person.",
        ],
        button="Erase",
        dangerous=True,
    )
