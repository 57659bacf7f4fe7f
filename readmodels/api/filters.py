"""Filters of the lists."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from outbox.kit.finding import MOST_FOUND, TOO_MANY, ids_from
from readmodels.models import DailySales, MoneyAtRisk, OrderSummary, Risk, StockLevel
from readmodels.names import customers_called, order_called

STATUSES: Final = ("waiting", "pending", "confirmed", "fulfilled", "cancelling", "cancelled")
LARGEST_AMOUNT: Final = 2**63 - 1


class AmountFilter(filters.Filter):  # type: ignore[misc]  # it ships no types
    """A number of minor units."""

    field_class = forms.IntegerField

    def __init__(self, **options: Any) -> None:
        super().__init__("amount", min_value=0, max_value=LARGEST_AMOUNT, **options)


def text_filter(longest: int, label: str, **options: Any) -> Any:
    """Return a filter by an exact text of at most so many characters."""
    documented = extend_schema_field({"type": "string", "maxLength": longest})
    return documented(filters.CharFilter(max_length=longest, label=label, **options))


class OrderFilters(filters.FilterSet):  # type: ignore[misc]  # likewise
    search = text_filter(
        200,
        "The number or the whole reference of an order, or 8 or more of the first characters of its"
        " id; for those who may see customers also words of a name, an e-mail address or a"
        " customer's reference, or their beginnings: case and accents do not matter.",
        method="find",
    )
    status = filters.ChoiceFilter(choices=[(status, status) for status in STATUSES])
    customer = filters.UUIDFilter("customer_id", label="The customer's id; useful to staff only.")
    placed_from = filters.IsoDateTimeFilter("placed_at", "gte", label="This moment or later.")
    placed_before = filters.IsoDateTimeFilter("placed_at", "lt", label="Before this moment.")
    amount_from = AmountFilter(lookup_expr="gte", label="Minor units, or more.")
    amount_to = AmountFilter(lookup_expr="lte", label="Minor units, or less.")

    class Meta:
        model = OrderSummary
        fields: tuple[str, ...] = ()

    def find(self, rows: QuerySet[Any, Any], _: str, text: str) -> QuerySet[Any, Any]:
        """Keep the orders that match a search text.

        :raises ValidationError: it matches too many customers.
        """
        customers = []
        if self.request.user.has_perm("orders.view_customer"):
            customers = customers_called(text)
        if len(customers) > MOST_FOUND:
            raise ValidationError({"search": [TOO_MANY]})
        return rows.filter(orders_meant(text, customers))


def orders_meant(text: str, customers: Collection[UUID]) -> Q:
    """Return the condition for orders by customers, number, reference or the beginning of an id."""
    meant = Q(order_id=order_called(text)) | Q(customer_id__in=customers)
    if between := ids_from(text):
        meant |= Q(order_id__range=between)
    return meant


class SalesFilters(filters.FilterSet):  # type: ignore[misc]  # likewise
    day_from = filters.DateFilter("day", "gte", label="This day or later.")
    day_to = filters.DateFilter("day", "lte", label="This day or earlier.")
    sku = text_filter(40, "One product.")
    country = text_filter(60, "One country.")

    class Meta:
        model = DailySales
        fields: tuple[str, ...] = ()


class StockFilters(filters.FilterSet):  # type: ignore[misc]  # likewise
    sku = text_filter(40, "One product.")

    class Meta:
        model = StockLevel
        fields: tuple[str, ...] = ()


class MoneyFilters(filters.FilterSet):  # type: ignore[misc]  # likewise
    risk = filters.ChoiceFilter(choices=Risk.choices)
    since_before = filters.IsoDateTimeFilter(
        "since", "lt", label="At risk since before this moment."
    )

    class Meta:
        model = MoneyAtRisk
        fields: tuple[str, ...] = ()
