"""Export products and prices as CSV, and import them: planned first, then carried out as planned.

A row is a product in a currency: its first row names the currency of its own. Amounts are decimals
of the currency. A column that is left out changes nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from orders.models import Product
from orders.services.csv_lists import Plan, cell, cells_of, line_of, one_line_in, rows_in
from orders.services.products import change_product, offer_product, set_price
from outbox.kit.money import decimals_of, minor_units, plain
from outbox.kit.skus import require_sku

COLUMNS: Final = (
    *("sku", "name", "category", "currency", "price"),
    *("for_sale", "active_from", "active_until"),
)
REQUIRED: Final = {"sku", "name", "currency", "price"}
LARGEST_PRICE: Final = 10**11

_AMOUNT: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,4})?\Z", re.ASCII)
_CATEGORY: Final = re.compile(r"[-a-zA-Z0-9_]{0,40}\Z")


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What one row of a list changes.

    :ivar what: ``add``, ``change`` or ``price``.
    :ivar values: the new values by name; ``unit_price`` is in minor units.
    :ivar before: the present values of those that change.
    """

    line: int
    sku: str
    what: str
    currency: str
    values: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)


def export_products() -> Iterator[str]:
    """Yield the lines of a list of all products, with their present prices."""
    yield line_of(COLUMNS)
    for product in Product.objects.with_prices().order_by("sku").iterator(chunk_size=1000):
        own = {"currency": product.currency, "unit_price": product.unit_price}
        others = (each for each in product.prices if each["currency"] != product.currency)
        for price in (own, *others):
            amount, currency = price["unit_price"], str(price["currency"])
            yield line_of(
                (
                    *map(cell, (product.sku, product.name, product.category)),
                    currency,
                    "" if amount is None else plain(int(str(amount)), currency),
                    "yes" if product.for_sale else "no",
                    *(each.isoformat() if each else "" for each in _active(product)),
                )
            )


def plan_import(text: str) -> Plan:
    """Return what a list would change; nothing is written."""
    plan = Plan()
    rows = rows_in(text, plan, required=REQUIRED, columns=COLUMNS)
    known = Product.objects.with_prices().in_bulk([row["sku"] or "" for _, row in rows])
    seen: set[str] = set()
    for line, row in rows:
        try:
            plan.changes.extend(_changes(line, _read(row), known, seen))
        except ValueError as error:
            plan.problems.append((line, str(error)))
    return plan


@transaction.atomic
def import_products(*, text: str, digest: str, reason: str, actor: str) -> Plan:
    """Carry out what was planned, each change as an act of its own, all of them or none.

    :param digest: that of the plan that was shown.
    :raises ListRefused: the list has problems, or would change something else by now.
    :raises ReasonMissing: no reason is given.
    """
    plan = plan_import(text)
    plan.require_as_seen(digest)
    why: dict[str, Any] = {"reason": reason, "actor": actor}
    for each in plan.changes:
        values = dict(each.values)
        if each.what == "price":
            set_price(sku=each.sku, currency=each.currency, **values, **why)
        elif each.what == "change":
            change_product(sku=each.sku, changes=values, **why)
        else:
            for_sale = values.pop("for_sale", True)
            offer_product(sku=each.sku, currency=each.currency, **values, **why)
            if not for_sale:
                change_product(sku=each.sku, changes={"for_sale": False}, **why)
    return plan


def _changes(
    line: int, row: dict[str, Any], known: Mapping[str, Product], seen: set[str]
) -> Iterator[ProductChange]:
    sku, currency, amount = row.pop("sku"), row.pop("currency"), row.pop("unit_price")
    product, is_first = known.get(sku), sku not in seen
    seen.add(sku)
    if product is None and is_first:
        if amount is None:
            raise ValueError("a new product needs a price in its first row")
        yield ProductChange(line, sku, "add", currency, {**row, "unit_price": amount})
        return
    if product is not None and is_first:
        before = {name: getattr(product, name) for name in row}
        if differing := {name: value for name, value in row.items() if value != before[name]}:
            yield ProductChange(
                line, sku, "change", currency, differing, {name: before[name] for name in differing}
            )
    prices = {each["currency"]: each["unit_price"] for each in product.prices} if product else {}
    if amount != prices.get(currency):
        yield ProductChange(
            line,
            sku,
            "price",
            currency,
            {"unit_price": amount},
            {"unit_price": prices.get(currency)},
        )


def _read(row: Mapping[str | Any, Any]) -> dict[str, Any]:
    """Return the values of a row.

    :raises ValueError: one of them cannot be used; the message says why.
    """
    texts = cells_of(row)
    values: dict[str, Any] = {
        "sku": require_sku(texts["sku"]),
        "name": one_line_in("name", texts["name"], least=1, most=200),
    }
    if "category" in texts:
        values["category"] = texts["category"]
        if not _CATEGORY.match(texts["category"]):
            raise ValueError("category: up to 40 letters, digits, hyphens and underscores")
    decimals_of(texts["currency"])
    values["currency"] = texts["currency"]
    values["unit_price"] = _amount(texts["price"], texts["currency"])
    if "for_sale" in texts:
        if texts["for_sale"] not in {"yes", "no"}:
            raise ValueError("for_sale: yes or no")
        values["for_sale"] = texts["for_sale"] == "yes"
    for name in ("active_from", "active_until"):
        if name in texts:
            values[name] = _time(name, texts[name])
    begins, ends = values.get("active_from"), values.get("active_until")
    if begins and ends and ends <= begins:
        raise ValueError("active_until: later than active_from")
    return values


def _amount(text: str, currency: str) -> int | None:
    if not text:
        return None
    if not _AMOUNT.match(text):
        raise ValueError(f"price: {text!r} is no amount such as 12.50")
    units = minor_units(Decimal(text), currency)
    if not 0 <= units <= LARGEST_PRICE:
        raise ValueError(f"price: {text!r} is too large or negative")
    return units


def _time(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name}: a time such as 2026-01-31T12:00:00Z") from None
    if time.tzinfo is None:
        raise ValueError(f"{name}: with its time zone, such as Z")
    return time


def _active(product: Product) -> tuple[datetime | None, datetime | None]:
    return product.active_from, product.active_until
