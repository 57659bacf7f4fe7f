"""Admin acts on stock: receive, adjust and write off, each with its own permission."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from inventory.models import StockItem, StockRefused
from inventory.services import stock_taking
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.links import address_of

MOST = 999_999_999


class UnitsForm(ReasonForm):
    field_order = ("units", "reason")
    units = forms.IntegerField(
        min_value=1, max_value=MOST, widget=UnfoldAdminIntegerFieldWidget, help_text="How many."
    )


class CorrectionForm(UnitsForm):
    units = forms.IntegerField(
        min_value=-MOST,
        max_value=MOST,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Counted units minus recorded units; negative if fewer were counted.",
    )


class ActsOnStock:
    """Adds actions to the page of a stock item."""

    actions_detail: ClassVar[Sequence[str]] = ("receive", "adjust", "write_off")

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_receive_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("inventory.receive_stock")

    def has_adjust_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("inventory.adjust_stock")

    def has_write_off_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("inventory.write_off_stock")

    @action(description="Receive…", permissions=["receive"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act("Receive", stock_taking.receive, UnitsForm, request, object_id)

    @action(description="Adjust…", permissions=["adjust"])  # type: ignore[untyped-decorator]  # likewise
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act("Adjust", stock_taking.adjust, CorrectionForm, request, object_id)

    @action(description="Write off…", permissions=["write_off"])  # type: ignore[untyped-decorator]  # likewise
    def write_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act("Write off", stock_taking.write_off, UnitsForm, request, object_id)

    def _act(
        self: Any,
        verb: str,
        service: Callable[..., StockItem],
        asks: type[UnitsForm],
        request: HttpRequest,
        object_id: str,
    ) -> HttpResponse:
        """Ask for units and a reason; act when the form is sent."""
        item = row_of(request, self, object_id)
        form = reason_form(request, asks)

        def act() -> Done:
            left = service(sku=item.sku, actor=request.user.get_username(), **form.answers)
            return Done(f"{item}: {left.on_hand} on hand.", address_of(item))

        return ConfirmedAct(
            form=form,
            describe=lambda: _confirmation(verb, item),
            carry_out=act,
            refusals={StockRefused: "units"},
        ).answer(request, self)


def _confirmation(verb: str, item: StockItem) -> Confirmation:
    return Confirmation(
        title=f"{verb}: {item}",
        consequences=[
            f"{item.on_hand} on hand, {item.reserved} of them held by orders.",
            "A movement is recorded; to revert it, record another.",
        ],
        button=verb,
    )
