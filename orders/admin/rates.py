"""Admin pages of the rates of shipping and tax."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from orders.admin.rate_acts import KeepsRates
from orders.models import ShippingRate, TaxRate
from outbox.kit.admin.confirmation import ReasonForm
from outbox.kit.admin.form_fields import AmountField, CurrencyField, LineField
from outbox.kit.money import minor_units, money, plain

ELSEWHERE = "As orders name it; empty: all other countries."


class ShippingRateForm(ReasonForm):
    field_order = ("country", "currency", "amount", "free_from", "reason")
    country = LineField(max_length=60, required=False, help_text=ELSEWHERE)
    currency = CurrencyField()
    amount = AmountField()
    free_from = AmountField(
        required=False, help_text="Price of the goods from which shipping is free; empty: never."
    )


class TaxRateForm(ReasonForm):
    field_order = ("country", "category", "percent", "jurisdiction", "reason")
    country = LineField(max_length=60, required=False, help_text=ELSEWHERE)
    category = LineField(
        max_length=60,
        required=False,
        help_text="Of products, or shipping; empty: all other categories.",
    )
    percent = forms.DecimalField(
        max_digits=6,
        decimal_places=3,
        min_value=0,
        max_value=100,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    jurisdiction = LineField(max_length=60, help_text="Whose tax it is.")


@admin.register(ShippingRate)
class ShippingRateAdmin(KeepsRates):
    form_of_rates = ShippingRateForm
    search_texts = ("country",)
    search_help_text = "A whole country"
    list_display = ("destination", "price", "free")
    fields = (("destination", "price", "free"),)

    @admin.display(description="country")
    def destination(self, rate: ShippingRate) -> str:
        return rate.country or "all others"

    @admin.display(description="amount")
    def price(self, rate: ShippingRate) -> str:
        return money(rate.amount, rate.currency)

    @admin.display(description="free from")
    def free(self, rate: ShippingRate) -> str | None:
        return None if rate.free_from is None else money(rate.free_from, rate.currency)

    def shown(self, rate: ShippingRate) -> Mapping[str, Any]:
        amounts = {"amount": rate.amount, "free_from": rate.free_from}
        return {
            **super().shown(rate),
            **{
                name: None if amount is None else plain(amount, rate.currency)
                for name, amount in amounts.items()
            },
        }

    def read(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        values = dict(super().read(answers))
        for name in ("amount", "free_from"):
            if values[name] is not None:
                values[name] = minor_units(values[name], values["currency"])
        return values


@admin.register(TaxRate)
class TaxRateAdmin(KeepsRates):
    form_of_rates = TaxRateForm
    search_texts = ("country",)
    search_help_text = "A whole country"
    list_display = ("destination", "goods", "rate", "jurisdiction")
    fields = (("destination", "goods", "rate", "jurisdiction"),)

    @admin.display(description="country")
    def destination(self, rate: TaxRate) -> str:
        return rate.country or "all others"

    @admin.display(description="category")
    def goods(self, rate: TaxRate) -> str:
        return rate.category or "all others"

    @admin.display(description="rate")
    def rate(self, rate: TaxRate) -> str:
        return f"{rate.percent.normalize():f} %"
