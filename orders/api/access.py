"""Whose things a request may touch: customers their own, staff with a permission everybody's."""

from uuid import UUID

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from orders.models import Customer, Order


def customer_of(request: Request) -> Customer:
    """Return the customer who asks.

    :raises PermissionDenied: the account is no customer's.
    """
    customer: Customer | None = getattr(request.user, "customer", None)
    if customer is None:
        raise PermissionDenied("This account is no customer's: ask the shop to link it to one.")
    return customer


def is_theirs(request: Request, order_id: UUID) -> bool:
    """Say whether a customer asks about an order of their own; staff may ask about any.

    :raises NotFound: there is no such order, or it is somebody else's.
    """
    owners = Order.objects.filter(pk=order_id).values_list("customer__user_id", flat=True)
    owner = owners.first()
    if owner is not None and owner == request.user.pk:
        return True
    if owners.exists() and request.user.has_perm("orders.change_order"):
        return False
    raise NotFound("There is no such order.")
