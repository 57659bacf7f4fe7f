"""What lists of orders can be narrowed down to."""

from typing import Any, Final

from django import forms
from django_filters import rest_framework as filters

from readmodels.models import OrderSummary

STATUSES: Final = ("waiting", "pending", "confirmed", "fulfilled", "cancelling", "cancelled")
LARGEST_AMOUNT: Final = 2**63 - 1


class AmountFilter(filters.Filter):  # type: ignore[misc]  # it ships no types
    """A number of minor units."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__("amount", min_value=0, max_value=LARGEST_AMOUNT, **options)


class OrderFilters(filters.FilterSet):  # type: ignore[misc]  # likewise
    status = filters.ChoiceFilter(choices=[(status, status) for status in STATUSES])
    customer = filters.UUIDFilter("customer_id", label="The customer's id; of use to staff.")
    placed_from = filters.IsoDateTimeFilter("placed_at", "gte", label="This moment or later.")
    placed_before = filters.IsoDateTimeFilter("placed_at", "lt", label="Before this moment.")
    amount_from = AmountFilter(lookup_expr="gte", label="Minor units, or more.")
    amount_to = AmountFilter(lookup_expr="lte", label="Minor units, or less.")

    class Meta:
        model = OrderSummary
        fields: tuple[str, ...] = ()
