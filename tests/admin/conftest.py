"""A shop in which a bit of everything has happened, and an operator who looks at it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from orders.models import Customer, Order
from orders.services import request_cancellation
from outbox.acts import record_act
from outbox.models import Message
from tests.shop import Shop, empty_book, settle


@dataclass(frozen=True)
class Outcomes:
    """An order for each way that an order can take."""

    confirmed: Order
    declined: Order
    out_of_stock: Order
    undone: Order
    stuck: Order


@pytest.fixture(scope="module")
def outcomes(
    django_db_setup: None,  # noqa: ARG001 - creates the database
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Outcomes]:
    """Bring each order to its end, once for all tests of a module: they only look at it."""
    with django_db_blocker.unblock():
        empty_book()
        yield _outcomes()
        call_command("flush", interactive=False, verbosity=0)


def _outcomes() -> Outcomes:
    Customer.objects.create(name="Bob")
    shop = Shop(Customer.objects.create(name="Ada Lovelace"))
    shop.receive("MUG", 10)
    shop.receive("BOWL", 10)
    confirmed = shop.order({"MUG": 1, "BOWL": 1})
    declined = shop.order(payment_method="pm_card_chargeDeclinedInsufficientFunds")
    out_of_stock = shop.order({"MUG": 99})
    undone = shop.order({"MUG": 2})
    settle()
    request_cancellation(order_id=undone.id, reason_code="cancelled_by_customer")
    settle()
    stuck = shop.order()
    # No contract reads this, so the deliveries of the message become dead letters.
    Message.objects.filter(correlation_id=stuck.id).update(payload={"order_id": "<b>what</b>"})
    settle()
    for order in (declined, stuck):
        with transaction.atomic():
            record_act(
                actor="grace",
                verb="look",
                subject=str(order),
                reason="an example",
                correlation_id=order.id,
            )
    return Outcomes(confirmed, declined, out_of_stock, undone, stuck)


@pytest.fixture
def operator(db: None, outcomes: Outcomes) -> Client:  # noqa: ARG001 - what is looked at
    client = Client()
    client.force_login(User.objects.create(username="operator", is_staff=True, is_superuser=True))
    return client
