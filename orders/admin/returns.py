"""Admin pages of returns, and the acts that receive their goods or give them up."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from orders import services
from orders.admin.possible import MAY_CHANGE
from orders.models import IN_STATUS, OrderReturn, ReturnStatus
from outbox.acts import record_act
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of, link
from outbox.kit.admin.pages import ReadOnlyAdmin, badge
from outbox.kit.money import money
from outbox.kit.wording import goods

REFUSALS: Mapping[type[Exception], str] = {services.ReturnRefused: "reason"}


class ReturnStatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(str(value), str(label)) for value, label in ReturnStatus.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - likewise
        wanted = IN_STATUS.get(self.value() or "")
        return queryset.filter(wanted) if wanted else queryset


@admin.register(OrderReturn)
class OrderReturnAdmin(ReadOnlyAdmin):
    search_ids = ("id", "order_id")
    search_texts = ("order__number", "reference")
    search_help_text = "An id of the return or its order, the order's number, or the reference"
    list_display = ("number", "shown_status", "worth", "requested_at", "expected_until")
    list_filter = (ReturnStatusFilter,)
    list_select_related = ("order",)
    fields = (
        ("of_order", "shown_status", "worth"),
        ("goods_expected", "expected_until"),
        ("goods_back", "goods_written_off"),
        ("reason", "reference"),
        ("requested_at", "received_at", "received_by", "completed_at"),
        ("given_up_at", "given_up_because"),
    )
    actions_detail: ClassVar[Sequence[str]] = ("receive", "give_up")

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_receive_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.receive_return")

    def has_give_up_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    @admin.display(description="order")
    def number(self, returned: OrderReturn) -> str:
        return str(returned.order)

    @admin.display(description="order")
    def of_order(self, returned: OrderReturn) -> str:
        return link(address_of(returned.order), str(returned.order))

    @badge("status", {"expected": "info", "under way": "warning", "completed": "success"})
    def shown_status(self, returned: OrderReturn) -> str:
        return str(returned.status.label).lower()

    @admin.display(description="amount")
    def worth(self, returned: OrderReturn) -> str:
        return money(returned.amount or returned.expected_amount, returned.order.currency)

    @admin.display(description="goods expected")
    def goods_expected(self, returned: OrderReturn) -> str:
        return _in_words(returned.expected_lines)

    @admin.display(description="goods back")
    def goods_back(self, returned: OrderReturn) -> str:
        return _in_words(returned.lines or ())

    @admin.display(description="of them written off")
    def goods_written_off(self, returned: OrderReturn) -> str:
        return _in_words(returned.written_off)

    @action(description="Receive…", permissions=["receive"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what came back of each line, and take it in."""
        returned = row_of(request, self, object_id)
        form = reason_form(request, _form_of(returned))

        def receive() -> Done:
            _receive(returned, form.answers, by=request.user.get_username())
            return Done("It is received, and refunded now.", address_of(returned))

        return ConfirmedAct(
            form=form,
            describe=lambda: _receiving(returned),
            carry_out=receive,
            refusals=REFUSALS,
        ).answer(request, self)

    @action(description="Give up…", permissions=["give_up"])  # type: ignore[untyped-decorator]  # likewise
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a reason, and end a return whose goods do not come."""
        returned = row_of(request, self, object_id)
        form = reason_form(request)

        def give_up() -> Done:
            by: Any = request.user
            services.give_up_for_customer(
                return_id=returned.id, reason=form.answers["reason"], by=by
            )
            return Done("It is given up: nothing is refunded.", address_of(returned))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"Give up: {returned}",
                consequences=[
                    "Nothing is refunded, and the customer gets a mail.",
                    "Goods that arrive later need another return.",
                ],
                button="Give up",
                dangerous=True,
            ),
            carry_out=give_up,
            refusals=REFUSALS,
        ).answer(request, self)


@transaction.atomic
def _receive(returned: OrderReturn, answers: Mapping[str, Any], *, by: str) -> None:
    services.receive_return(
        return_id=returned.id,
        lines=[
            services.LineReceived(
                number,
                restocked=answers[f"restocked_{number}"] or 0,
                written_off=answers[f"written_off_{number}"] or 0,
            )
            for number in (line["number"] for line in returned.expected_lines)
        ],
        by=by,
    )
    record_act(
        actor=by,
        verb="receive return",
        subject=str(returned),
        reason=answers["reason"],
        correlation_id=returned.order_id,
    )


def _form_of(returned: OrderReturn) -> type[ReasonForm]:
    fields = {
        f"{name}_{line['number']}": forms.IntegerField(
            label=f"Units of {line['sku']} {label}",
            min_value=0,
            max_value=line["quantity"],
            required=False,
            initial=line["quantity"] if name == "restocked" else 0,
            widget=UnfoldAdminIntegerFieldWidget,
        )
        for line in returned.expected_lines
        for name, label in (("restocked", "for sale again"), ("written_off", "not for sale"))
    }
    return type("GoodsBackForm", (ReasonForm,), {"field_order": (*fields, "reason"), **fields})


def _receiving(returned: OrderReturn) -> Confirmation:
    return Confirmation(
        title=f"Receive: {returned}",
        consequences=[
            "What came back is refunded at its price with its share of discounts and taxes.",
            "What did not come is not refunded; it can be returned later.",
        ],
        headers=["SKU", "Units expected"],
        rows=[[line["sku"], line["quantity"]] for line in returned.expected_lines],
        button="Receive",
        dangerous=True,
    )


def _in_words(lines: Sequence[Mapping[str, Any]]) -> str:
    return goods((line["sku"], line["quantity"]) for line in lines)
