"""Check whose orders a request may touch: customers their own, staff with a permission all."""

from uuid import UUID

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from orders.models import Customer, Order


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


def is_theirs(request: Request, order_id: UUID) -> bool:
    """Return whether the order is the requesting customer's own; staff may act on any.

    :raises NotFound: there is no such order, or it belongs to another customer.
    """
    owners = Order.objects.filter(pk=order_id).values_list("customer__user_id", flat=True)
    owner = owners.first()
    if owner is not None and owner == request.user.pk:
        return True
    if owners.exists() and request.user.has_perm("orders.change_order"):
        return False
    raise NotFound("There is no such order.")
