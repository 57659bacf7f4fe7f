"""Admin pages of vouchers, and the acts that issue and end one."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from orders import services
from orders.models import Voucher
from outbox.kit.admin.confirmation import (
    Confirmation,
    ConfirmedAct,
    Done,
    ReasonForm,
    reason_form,
    row_of,
)
from outbox.kit.admin.form_fields import AmountField, CurrencyField, LineField
from outbox.kit.admin.links import address_of
from outbox.kit.admin.pages import ReadOnlyAdmin
from outbox.kit.money import minor_units, money

MOST_ORDERS = 2**31 - 1


class CountField(forms.IntegerField):
    """A number of orders, or no limit."""

    def __init__(self, help_text: str) -> None:
        super().__init__(
            min_value=1,
            max_value=MOST_ORDERS,
            required=False,
            widget=UnfoldAdminIntegerFieldWidget,
            help_text=help_text,
        )


class MomentField(forms.SplitDateTimeField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=UnfoldAdminSplitDateTimeWidget, **options)


class VoucherForm(ReasonForm):
    field_order = (
        *("code", "percent", "amount", "currency", "minimum", "valid_from", "valid_until"),
        *("limit", "limit_per_customer", "reason"),
    )
    code = LineField(max_length=40, help_text="Case is ignored.")
    percent = forms.DecimalField(
        max_digits=6,
        decimal_places=3,
        min_value=0,
        max_value=100,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget,
        help_text="What it takes off the goods; or an amount, below.",
    )
    amount = AmountField(required=False)
    currency = CurrencyField(help_text="Of the amount and the minimum: orders in others get none.")
    minimum = AmountField(required=False, help_text="What the goods have to cost.")
    valid_from = MomentField()
    valid_until = MomentField(required=False, help_text="Empty: for ever.")
    limit = CountField("Orders in all; empty: any number.")
    limit_per_customer = CountField("Orders of one customer; empty: any number.")

    def clean(self) -> dict[str, Any]:
        """Refuse a voucher of nothing, or of both a percentage and an amount."""
        answers: dict[str, Any] = super().clean() or {}
        if bool(answers.get("percent")) == bool(answers.get("amount")):
            raise forms.ValidationError("Give a percentage or an amount.")
        return answers


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    search_texts = ("code",)
    search_help_text = "A whole code, in capitals"
    list_display = ("code", "value", "valid_from", "valid_until", "used", "limit")
    fields = (
        ("code", "value", "least"),
        ("valid_from", "valid_until"),
        ("used", "limit", "limit_per_customer"),
    )
    actions_list: ClassVar[Sequence[str]] = ("issue",)
    actions_detail: ClassVar[Sequence[str]] = ("end",)

    # Methods, since unfold looks a permission's name up in the database when it is checked.
    def has_issue_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.add_voucher")

    def has_end_permission(self, request: HttpRequest, _: Any = None) -> bool:
        return request.user.has_perm("orders.change_voucher")

    @admin.display(description="takes off")
    def value(self, voucher: Voucher) -> str:
        if voucher.percent is not None:
            return f"{voucher.percent.normalize():f} %"
        return money(voucher.amount or 0, voucher.currency)

    @admin.display(description="for goods from")
    def least(self, voucher: Voucher) -> str | None:
        return money(voucher.minimum, voucher.currency) if voucher.minimum else None

    @action(description="Issue…", permissions=["issue"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def issue(self, request: HttpRequest) -> HttpResponse:
        """Ask for its value and limits, then issue it."""
        form = reason_form(request, VoucherForm)

        def issue() -> Done:
            values = _columns(form.answers)
            reason = values.pop("reason")
            actor = request.user.get_username()
            voucher = services.issue_voucher(values=values, reason=reason, actor=actor)
            return Done(f"Issued: {voucher}.", address_of(voucher))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title="Issue a voucher",
                consequences=["Customers with the code pay less for goods, within its limits."],
                button="Issue",
            ),
            carry_out=issue,
            refusals={services.VoucherKnown: "code", ValueError: "amount"},
        ).answer(request, self)

    @action(description="End…", permissions=["end"])  # type: ignore[untyped-decorator]  # likewise
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then let no further order use it."""
        voucher = row_of(request, self, object_id)
        form = reason_form(request)

        def end() -> Done:
            actor = request.user.get_username()
            services.end_voucher(voucher_id=voucher.pk, **form.answers, actor=actor)
            return Done(f"Ended: {voucher}.", address_of(voucher))

        return ConfirmedAct(
            form=form,
            describe=lambda: Confirmation(
                title=f"End: {voucher}",
                consequences=["Orders and quotes that have it keep it; no other order gets it."],
                button="End",
                dangerous=True,
            ),
            carry_out=end,
        ).answer(request, self)


def _columns(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's answers as the columns of a voucher.

    :raises ValueError: an amount has more decimals than its currency.
    """
    values = dict(answers)
    currency = values["currency"]
    for name in ("amount", "minimum"):
        values[name] = minor_units(values[name], currency) if values[name] else None
    if values["percent"] is not None and not values["minimum"]:
        values["currency"] = ""
    values["percent"] = values["percent"] or None
    values["minimum"] = values["minimum"] or 0
    return values
