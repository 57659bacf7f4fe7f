"""One search for all that people have at hand: ids, numbers, references, names, addresses, SKUs.

Each kind of thing is looked up through an index, and shown to those who may see it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from orders.models import Customer, Order, Product
from orders.models.numbers import number_in
from orders.names import customers_called
from outbox.kit.admin.links import address_of
from outbox.kit.finding import SHORTEST, ids_from
from outbox.kit.money import money
from outbox.models import Message
from payments.models import Payment

MOST_SHOWN: Final = 10
"""Of each kind."""

LONGEST: Final = 200
"""Characters of a search that are looked at."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a search has found: its kind, its name, more about it, and its page."""

    kind: str
    title: str
    detail: str
    address: str


Finder = Callable[[str], QuerySet[Any]]
Shown = Callable[[Any], tuple[str, str]]


def search_page(request: HttpRequest) -> HttpResponse:
    """Show what a text means; what is found alone opens at once."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    found = list(found_by(request, text)) if text else []
    if len(found) == 1:
        return redirect(found[0].address)
    return TemplateResponse(
        request,
        "admin/search.html",
        {
            **admin.site.each_context(request),
            "title": "Search",
            "searched": text,
            "found": found,
            "shortest": SHORTEST,
            "most": MOST_SHOWN,
        },
    )


def found_by(request: HttpRequest, text: str) -> Iterator[Found]:
    """Yield what a text finds and the user may see, kind by kind."""
    for kind, (permission, find, show) in KINDS.items():
        if request.user.has_perm(permission):
            for row in find(text)[:MOST_SHOWN]:
                title, detail = show(row)
                yield Found(kind, title, detail, address_of(row))


def _orders(text: str) -> QuerySet[Order]:
    wanted = Q(reference__in=_spellings(text)) | _begins("id", text)
    if number := number_in(text):
        wanted |= Q(number=number) & ~Q(number="")
    return Order.objects.filter(wanted).select_related("customer").order_by("-pk")


def _orders_of_customers(text: str) -> QuerySet[Order]:
    called = customers_called(text)[:MOST_SHOWN]
    return Order.objects.filter(customer_id__in=called).select_related("customer").order_by("-pk")


def _customers(text: str) -> QuerySet[Customer]:
    wanted = Q(pk__in=customers_called(text)[:MOST_SHOWN]) | _begins("id", text)
    return Customer.objects.filter(wanted).order_by("-pk")


def _payments(text: str) -> QuerySet[Payment]:
    by_gateway = Q(operations__gateway_reference=text, operations__kind__in=("charge", "authorize"))
    return Payment.objects.filter(by_gateway).order_by("-pk").distinct()


def _products(text: str) -> QuerySet[Product]:
    wanted = Q(pk__in=[])
    for spelling in _spellings(text):
        wanted |= Q(sku__startswith=spelling)
    return Product.objects.filter(wanted).order_by("sku")


def _messages(text: str) -> QuerySet[Message]:
    return Message.objects.filter(_begins("id", text)).order_by("-pk")


def _begins(field: str, text: str) -> Q:
    """Return the ids that begin with a text, as a stretch of their index."""
    between = ids_from(text)
    if between is None:
        return Q(pk__in=[])
    first, last = between
    return Q((f"{field}__gte", first), (f"{field}__lte", last))


def _spellings(text: str) -> list[str]:
    """Return a text as written, in capitals and in small letters: an index is exact."""
    return list(dict.fromkeys((text, text.upper(), text.lower())))


def _of_order(order: Order) -> tuple[str, str]:
    parts = (order.status, money(order.amount, order.currency), order.customer.name)
    return str(order), ", ".join(filter(None, parts))


KINDS: Final[dict[str, tuple[str, Finder, Shown]]] = {
    "Order": ("orders.view_order", _orders, _of_order),
    "Customer": (
        "orders.view_customer",
        _customers,
        lambda row: (row.name or str(row.pk), row.email),
    ),
    "Order of a customer": ("orders.view_customer", _orders_of_customers, _of_order),
    "Payment": (
        "payments.view_payment",
        _payments,
        lambda row: (str(row), money(row.amount, row.currency)),
    ),
    "Product": ("orders.view_product", _products, lambda row: (row.sku, row.name)),
    "Message": (
        "outbox.view_message",
        _messages,
        lambda row: (row.type, f"of conversation {row.correlation_id}"),
    ),
}
"""By kind: the permission to see it, what finds its rows, and how a row is shown."""
