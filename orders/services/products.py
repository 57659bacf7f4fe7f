"""Add and change products; orders keep the price they were placed at."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from orders.models import Product
from outbox.acts import record_act
from outbox.kit.money import decimals_of
from outbox.kit.skus import require_sku


class ProductKnown(Exception):
    """A product has this SKU already: change that one."""


@transaction.atomic
def offer_product(  # noqa: PLR0913 - the columns of a row, and the act
    *, sku: str, name: str, unit_price: int, currency: str, reason: str, actor: str
) -> Product:
    """Add a product that is for sale.

    :param unit_price: minor units.
    :raises ProductKnown: a product has this SKU already.
    :raises NoSku: this cannot be a SKU.
    :raises UnknownCurrency: it is no currency of ISO 4217.
    :raises ReasonMissing: no reason is given.
    """
    require_sku(sku)
    decimals_of(currency)
    product, is_new = Product.objects.get_or_create(
        sku=sku, defaults={"name": name, "unit_price": unit_price, "currency": currency}
    )
    if not is_new:
        raise ProductKnown(f"{sku} exists already: change it instead")
    record_act(
        actor=actor,
        verb="offer product",
        subject=sku,
        reason=reason,
        details={"unit_price": unit_price},
    )
    return product


@transaction.atomic
def change_product(
    *,
    sku: str,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    check: Callable[[Product], None] = lambda _: None,
) -> Product:
    """Change a product's name, list price, or whether it is for sale.

    :param check: gets the locked product before the change; raises to prevent it.
    :raises Product.DoesNotExist: there is no such product.
    :raises ReasonMissing: no reason is given.
    """
    product = Product.objects.select_for_update().get(sku=sku)
    check(product)
    before = {name: getattr(product, name) for name in changes}
    for name, value in changes.items():
        setattr(product, name, value)
    product.save(update_fields=changes.keys())
    details = {"before": before, "after": dict(changes)}
    record_act(actor=actor, verb="change product", subject=sku, reason=reason, details=details)
    return product
