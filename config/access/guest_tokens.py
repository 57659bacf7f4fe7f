"""Let a guest read the one order whose token they have."""

from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config.http.throttling import count_wrong_token
from orders.models import Customer
from orders.services import order_behind

GUEST_TOKEN: Final = "Guest-Token"  # noqa: S105 - a name
"""The header with what the answer to a guest's order has brought."""


class Guest(AnonymousUser):
    """The holder of an order's token: known by that alone, and without a name."""

    is_authenticated = True  # type: ignore[assignment]  # a property there

    def __init__(self, customer_id: UUID) -> None:
        self.customer = Customer(pk=customer_id, name="")


class GuestPass:
    """What the token opens, as ``request.auth``."""

    def __init__(self, order_id: UUID) -> None:
        self.order_id = order_id


class GuestAuthentication(BaseAuthentication):
    """``Guest-Token: <token>``; opens the methods that a view names in ``guests``."""

    def authenticate(self, request: Request) -> tuple[Any, GuestPass] | None:
        """Return the guest and what is open to them.

        :raises AuthenticationFailed: the token is forged or too old.
        """
        token = request.headers.get(GUEST_TOKEN)
        if token is None:
            return None
        order = order_behind(token)
        if order is None:
            count_wrong_token(request)
            raise AuthenticationFailed(
                "The guest's token is wrong or too old: sign up with the address instead."
            )
        return Guest(order.customer_id), GuestPass(order.pk)


def is_open_to(guest: GuestPass, view: Any, method: str) -> bool:
    """Tell whether a view may answer a guest."""
    return method in getattr(view, "guests", ()) and view.kwargs.get("order_id") == guest.order_id
