"""Check whose orders a request may touch: customers their own, staff with a permission all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from orders.models import Customer, Order
from outbox.acts import record_act


@contextmanager
def on_record(request: Request, verb: str) -> Iterator[Callable[[UUID], None]]:
    """Record as an act what a service token does to an order, in one transaction with it.

    Call what this gives with the order's id; for people it does nothing.
    """
    service = getattr(request.auth, "service", "")
    if not service:
        yield lambda _: None
        return
    with transaction.atomic():
        yield lambda order_id: _record(service, verb, order_id)


def _record(service: str, verb: str, order_id: UUID) -> None:
    record_act(
        actor=service,
        verb=verb,
        subject=f"order {order_id}",
        reason="on behalf of its customer",
        correlation_id=order_id,
    )


def customer_of(request: Request) -> Customer:
    """Return the customer whose account sent the request.

    :raises PermissionDenied: the account belongs to no customer.
    """
    customer: Customer | None = getattr(request.user, "customer", None)
    if customer is None:
        raise PermissionDenied(
            "This account belongs to no customer: ask the shop to link it to one."
        )
    return customer


def owner_of(request: Request, order_id: UUID, *, otherwise: str) -> Customer:
    """Return the customer whose order it is, to themselves and to staff with a permission.

    :raises NotFound: there is no such order, or this account may not see it.
    """
    owner = Customer.objects.filter(orders=order_id).first()
    own: Customer | None = getattr(request.user, "customer", None)
    if owner is not None and (owner == own or request.user.has_perm(otherwise)):
        return owner
    raise NotFound("There is no such order.")


def is_theirs(request: Request, order_id: UUID) -> bool:
    """Return whether the order is the requesting customer's own; staff may act on any.

    :raises NotFound: there is no such order, or it belongs to another customer.
    """
    own: Customer | None = getattr(request.user, "customer", None)
    owners = Order.objects.filter(pk=order_id).values_list("customer_id", flat=True)
    if own is not None and owners.first() == own.pk:
        return True
    if owners.exists() and request.user.has_perm("orders.change_order"):
        return False
    raise NotFound("There is no such order.")
