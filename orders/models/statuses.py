"""The statuses of an order, and the changes of status that are legal."""

from django.db import models


class OrderStatus(models.TextChoices):
    WAITING = "waiting"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    FULFILLED = "fulfilled"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class ReasonCode(models.TextChoices):
    """Why an order was cancelled."""

    PAYMENT_DECLINED = "payment_declined"
    OUT_OF_STOCK = "out_of_stock"
    TOO_MANY_UNPAID_HOLDS = "too_many_unpaid_holds"
    PAYMENT_NOT_CONFIRMED = "payment_not_confirmed"
    PAYMENT_UNRESOLVED = "payment_unresolved"
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer"
    CANCELLED_BY_STAFF = "cancelled_by_staff"


STANDING = (OrderStatus.CONFIRMED, OrderStatus.FULFILLED)
"""Statuses of a confirmed order that is not cancelled: its goods are the customer's."""

LEGAL_MOVES: dict[str, frozenset[str]] = {
    OrderStatus.WAITING: frozenset({OrderStatus.PENDING, OrderStatus.CANCELLING}),
    OrderStatus.PENDING: frozenset({OrderStatus.CONFIRMED, OrderStatus.CANCELLING}),
    OrderStatus.CONFIRMED: frozenset({OrderStatus.FULFILLED, OrderStatus.CANCELLING}),
    OrderStatus.CANCELLING: frozenset({OrderStatus.CANCELLED}),
    OrderStatus.FULFILLED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}


class IllegalMove(Exception):
    """An order cannot go from its status to the one asked for."""
