"""Keep the rates of shipping and tax; orders keep what they were placed with."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from orders.models import ShippingRate, TaxRate
from outbox.acts import record_act

Rate = TypeVar("Rate", ShippingRate, TaxRate)


class RateKnown(Exception):
    """A rate for the same country and currency or category exists: change that one."""


@transaction.atomic
def add_rate(kind: type[Rate], *, values: Mapping[str, Any], reason: str, actor: str) -> Rate:
    """Add a rate; orders that are placed from now on take it.

    :raises RateKnown: there is one for the same country and currency or category.
    :raises ReasonMissing: no reason is given.
    """
    rate = kind(**values)
    _save(rate)
    _record(f"add {kind._meta.verbose_name}", rate, reason, actor, dict(values))  # noqa: SLF001 - Django's documented Model._meta API
    return rate


@transaction.atomic
def change_rate(
    kind: type[Rate], *, rate_id: UUID, values: Mapping[str, Any], reason: str, actor: str
) -> Rate:
    """Change a rate; orders that are placed from now on take it.

    :raises ObjectDoesNotExist: there is no such rate.
    :raises RateKnown: there is another one for the same country and currency or category.
    :raises ReasonMissing: no reason is given.
    """
    rate = kind._default_manager.select_for_update().get(pk=rate_id)  # noqa: SLF001 - likewise
    before = {name: getattr(rate, name) for name in values}
    for name, value in values.items():
        setattr(rate, name, value)
    _save(rate)
    details = {"before": before, "after": dict(values)}
    _record(f"change {kind._meta.verbose_name}", rate, reason, actor, details)  # noqa: SLF001 - likewise
    return rate


@transaction.atomic
def remove_rate(kind: type[Rate], *, rate_id: UUID, reason: str, actor: str) -> None:
    """Remove a rate.

    :raises ObjectDoesNotExist: there is no such rate.
    :raises ReasonMissing: no reason is given.
    """
    rate = kind._default_manager.select_for_update().get(pk=rate_id)  # noqa: SLF001 - likewise
    _record(f"remove {kind._meta.verbose_name}", rate, reason, actor, {})  # noqa: SLF001 - likewise
    rate.delete()


def _save(rate: ShippingRate | TaxRate) -> None:
    try:
        with transaction.atomic():
            rate.save()
    except IntegrityError as error:
        raise RateKnown(f"there is a rate for {rate} already: change that one") from error


def _record(
    verb: str, rate: ShippingRate | TaxRate, reason: str, actor: str, details: Mapping[str, Any]
) -> None:
    record_act(
        actor=actor,
        verb=verb,
        subject=str(rate),
        reason=reason,
        details={name: _shown(value) for name, value in details.items()},
    )


def _shown(value: Any) -> Any:
    """Return a value as JSON takes it."""
    if isinstance(value, Mapping):
        return {name: _shown(each) for name, each in value.items()}
    return value if value is None or isinstance(value, int) else str(value)
