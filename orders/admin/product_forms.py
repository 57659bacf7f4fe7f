"""The forms of the acts that keep products."""

from typing import Any

from django import forms
from django.core.validators import validate_slug
from unfold.widgets import (
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from outbox.kit.admin.confirmation import ReasonForm
from outbox.kit.admin.form_fields import AmountField, CurrencyField, LineField
from outbox.kit.skus import LONGEST_SKU


def _time(help_text: str) -> forms.SplitDateTimeField:
    return forms.SplitDateTimeField(
        required=False, widget=UnfoldAdminSplitDateTimeWidget, help_text=help_text
    )


class CategoryField(LineField):
    """A word by which products are listed and taxed."""

    def __init__(self) -> None:
        super().__init__(max_length=40, required=False, help_text="A word such as tea.")
        self.validators.append(validate_slug)


class ProductForm(ReasonForm):
    field_order: Any = (
        "name",
        "category",
        "for_sale",
        "active_from",
        "active_until",
        "reason",
    )
    name = LineField(max_length=200)
    category = CategoryField()
    for_sale = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanWidget)
    active_from = _time("In UTC. Not for sale before.")
    active_until = _time("In UTC. Not for sale from then on.")


class OfferForm(ReasonForm):
    field_order: Any = ("sku", "name", "category", "currency", "price", "reason")
    sku = LineField(max_length=LONGEST_SKU, strip=False)
    name = LineField(max_length=200)
    category = CategoryField()
    currency = CurrencyField()
    price = AmountField()


class PriceForm(ReasonForm):
    field_order: Any = ("currency", "price", "since", "reason")
    currency = CurrencyField()
    price = AmountField(required=False, help_text="Empty: not sold in this currency any more.")
    since = _time("In UTC. Empty: from now on.")


class ListForm(ReasonForm):
    field_order: Any = ("csv", "reason")
    csv = forms.CharField(
        label="CSV",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 12}),
        help_text="As the export has it: a header and rows; a column that is left out stays.",
    )
    digest = forms.CharField(required=False, widget=forms.HiddenInput)
