"""Keep customers' addresses, and freeze those of an order."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from django.db import transaction

from orders.models import AddressKind, Customer, CustomerAddress, Order, OrderAddress
from orders.models.postal import NoSuchAddress, normalized
from orders.pricing import OrderRefused
from outbox.kit.rows import bulk

MOST_ADDRESSES: Final = 50

AddressChoice: TypeAlias = UUID | Mapping[str, str]
"""The id of one of the customer's addresses, or the fields of another."""


class TooManyAddresses(Exception):
    """A customer keeps ``MOST_ADDRESSES`` already."""


class OrderAddressRefused(OrderRefused):
    """An address of an order cannot be used; ``errors`` says why, by field or as one text.

    :ivar place: the field of the order that asks for it.
    """

    def __init__(self, place: str, errors: Mapping[str, str] | str) -> None:
        super().__init__(f"{place}: {errors if isinstance(errors, str) else NoSuchAddress(errors)}")
        self.place, self.errors = place, errors


@transaction.atomic
def add_address(*, customer_id: UUID, fields: Mapping[str, str]) -> CustomerAddress:
    """Keep an address for a customer.

    :raises NoSuchAddress: its country has no such address.
    :raises TooManyAddresses: the customer keeps enough.
    :raises Customer.DoesNotExist: there is no such customer, or they were erased.
    """
    customer = _locked(customer_id)
    if customer.addresses.count() >= MOST_ADDRESSES:
        raise TooManyAddresses(f"{MOST_ADDRESSES} addresses are kept: remove one first")
    return CustomerAddress.objects.create(customer=customer, **normalized(fields))


@transaction.atomic
def change_address(
    *,
    customer_id: UUID,
    address_id: UUID,
    changes: Mapping[str, str],
    check: Callable[[CustomerAddress], None] = lambda _: None,
) -> CustomerAddress:
    """Change an address of a customer; orders that were placed with it keep the old one.

    :param check: gets the locked address before the change; raises to prevent it.
    :raises CustomerAddress.DoesNotExist: the customer has no such address.
    :raises NoSuchAddress: its country has no such address.
    """
    address = CustomerAddress.objects.select_for_update().get(
        pk=address_id, customer_id=customer_id
    )
    check(address)
    for name, value in normalized(address.parts | dict(changes)).items():
        setattr(address, name, value)
    address.save()
    return address


@transaction.atomic
def remove_address(
    *,
    customer_id: UUID,
    address_id: UUID,
    check: Callable[[CustomerAddress], None] = lambda _: None,
) -> None:
    """Remove an address of a customer; orders that were placed with it keep it.

    :param check: gets the locked address before it is removed; raises to prevent it.
    :raises CustomerAddress.DoesNotExist: the customer has no such address.
    """
    address = _kept_by(customer_id, address_id)
    check(address)
    address.delete()


def frozen(customer: Customer, wanted: Mapping[str, Any]) -> list[OrderAddress]:
    """Return the addresses that a new order asks for, still without their order.

    :param wanted: may have an :data:`AddressChoice` as ``delivery_address``, ``billing_address``.
    :raises OrderAddressRefused: an address is not the customer's, or cannot be right.
    """
    chosen = ((kind, f"{kind}_address") for kind in AddressKind.values)
    return [
        OrderAddress(kind=kind, **_parts(customer, place, wanted[place]))
        for kind, place in chosen
        if wanted.get(place)
    ]


def country_of(addresses: Iterable[OrderAddress]) -> str:
    """Return the country of the delivery address; empty if there is none."""
    return next((each.country for each in addresses if each.kind == AddressKind.DELIVERY), "")


def give_same_addresses(order: Order, *, to: Order) -> None:
    """Give a backorder the addresses of the order that it was split off from."""
    bulk.insert(
        OrderAddress(order=to, kind=each.kind, **each.parts) for each in order.addresses.all()
    )


def erase_addresses(customer: Customer) -> None:
    """Remove the addresses of a customer, and those of all their orders."""
    OrderAddress.objects.filter(order__customer=customer).delete()
    customer.addresses.all().delete()


def _parts(customer: Customer, place: str, choice: AddressChoice) -> dict[str, str]:
    if isinstance(choice, UUID):
        address = CustomerAddress.objects.filter(pk=choice, customer=customer).first()
        if address is None:
            raise OrderAddressRefused(place, "This customer has no such address.")
        return address.parts
    try:
        return normalized(choice)
    except NoSuchAddress as error:
        raise OrderAddressRefused(place, error.errors) from error


def _kept_by(customer_id: UUID, address_id: UUID) -> CustomerAddress:
    rows = CustomerAddress.objects.select_for_update()
    return rows.get(pk=address_id, customer_id=customer_id)


def _locked(customer_id: UUID) -> Customer:
    return Customer.objects.select_for_update().get(pk=customer_id, erased_at=None)
