"""Add and change products and their prices; orders keep the price they were placed at."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import transaction

from orders.models import Product, ProductPrice
from outbox.acts import record_act
from outbox.kit.clock import database_now
from outbox.kit.money import decimals_of
from outbox.kit.skus import require_sku

PRICE: Final = "unit_price"


class ProductKnown(Exception):
    """A product has this SKU already: change that one."""


class NeverActive(Exception):
    """A product would end to be active before it begins."""


class NewProduct(NamedTuple):
    """A product with its list price in minor units of a currency."""

    sku: str
    name: str
    unit_price: int
    currency: str
    category: str = ""


@transaction.atomic
def add_products(wanted: Iterable[NewProduct]) -> None:
    """Add the products that are missing, each with its price; existing ones do not change."""
    wanted = list(wanted)
    known = set(
        Product.objects.filter(pk__in={each.sku for each in wanted}).values_list("pk", flat=True)
    )
    missing = [each for each in wanted if each.sku not in known]
    Product.objects.bulk_create(
        [
            Product(sku=each.sku, name=each.name, currency=each.currency, category=each.category)
            for each in missing
        ],
        1000,
        ignore_conflicts=True,
    )
    ProductPrice.objects.bulk_create(
        [
            ProductPrice(product_id=each.sku, currency=each.currency, unit_price=each.unit_price)
            for each in missing
        ],
        1000,
    )


@transaction.atomic
def offer_product(  # noqa: PLR0913 - the columns of a row, and the act
    *,
    sku: str,
    name: str,
    unit_price: int,
    currency: str,
    reason: str,
    actor: str,
    category: str = "",
    active_from: datetime | None = None,
    active_until: datetime | None = None,
) -> Product:
    """Add a product that is for sale, with its first price.

    :param unit_price: minor units.
    :raises ProductKnown: a product has this SKU already.
    :raises NeverActive: it ends before it begins.
    :raises NoSku: this cannot be a SKU.
    :raises UnknownCurrency: it is no currency of ISO 4217.
    :raises ReasonMissing: no reason is given.
    """
    require_sku(sku)
    decimals_of(currency)
    columns = {
        "name": name,
        "currency": currency,
        "category": category,
        "active_from": active_from,
        "active_until": active_until,
    }
    _require_active(Product(sku=sku, **columns))
    product, is_new = Product.objects.get_or_create(sku=sku, defaults=columns)
    if not is_new:
        raise ProductKnown(f"{sku} exists already: change it instead")
    ProductPrice.objects.create(
        product=product, currency=currency, unit_price=unit_price, set_by=actor
    )
    record_act(
        actor=actor,
        verb="offer product",
        subject=sku,
        reason=reason,
        details={PRICE: unit_price, "currency": currency},
    )
    return Product.objects.with_prices().get(sku=sku)


@transaction.atomic
def change_product(
    *,
    sku: str,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    check: Callable[[Product], None] = lambda _: None,
) -> Product:
    """Change columns of a product, or ``unit_price``, its price in its own currency.

    :param check: gets the locked product before the change; raises to prevent it.
    :raises Product.DoesNotExist: there is no such product.
    :raises NeverActive: it would end before it begins.
    :raises ReasonMissing: no reason is given.
    """
    product = _locked(sku)
    check(product)
    before = {name: getattr(product, name) for name in changes}
    columns = changes.keys() - {PRICE}
    for name in columns:
        setattr(product, name, changes[name])
    _require_active(product)
    if columns:
        product.save(update_fields=columns)
    if PRICE in changes:
        product.price_history.create(
            currency=product.currency, unit_price=changes[PRICE], set_by=actor
        )
    details = {"before": _plain(before), "after": _plain(changes)}
    record_act(actor=actor, verb="change product", subject=sku, reason=reason, details=details)
    return Product.objects.with_prices().get(sku=sku)


@transaction.atomic
def set_price(  # noqa: PLR0913 - the columns of a row, and the act
    *,
    sku: str,
    currency: str,
    unit_price: int | None,
    reason: str,
    actor: str,
    since: datetime | None = None,
) -> ProductPrice:
    """Set the price of a product in a currency, from a time until the next price's.

    :param unit_price: minor units; ``None`` ends the sale in this currency.
    :param since: when the price begins; now by default.
    :raises Product.DoesNotExist: there is no such product.
    :raises UnknownCurrency: it is no currency of ISO 4217.
    :raises ReasonMissing: no reason is given.
    """
    decimals_of(currency)
    product = _locked(sku)
    since = since or database_now()
    holding = product.price_history.filter(currency=currency, since__lte=since)
    before = holding.order_by("-since", "-pk").values_list(PRICE, flat=True).first()
    price = product.price_history.create(
        currency=currency, unit_price=unit_price, since=since, set_by=actor
    )
    record_act(
        actor=actor,
        verb="set price",
        subject=sku,
        reason=reason,
        details={
            "currency": currency,
            "since": since.isoformat(),
            "before": before,
            "after": unit_price,
        },
    )
    price.refresh_from_db()
    return price


def _locked(sku: str) -> Product:
    return Product.objects.with_prices().select_for_update(of=("self",)).get(sku=sku)


def _require_active(product: Product) -> None:
    begins, ends = product.active_from, product.active_until
    if begins and ends and ends <= begins:
        raise NeverActive(f"{product.sku} would end before it begins: choose a later end")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON can hold them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
