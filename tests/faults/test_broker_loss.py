"""The broker may lose everything, be away, hang, or tell what is long done (M4).

Every test ends with the audit: nothing was lost, and nothing was applied twice.
"""

import json
from contextlib import closing
from http.client import HTTPConnection

import pytest
from django.contrib.auth.models import User

from config.access.tokens import issue_token
from orders.flows import FLOWS
from orders.models import Order
from testkit.shop import Shop, outcome
from tests.faults.brokers import Redis
from tests.faults.conftest import Stack
from tests.faults.processes import wait_until
from tests.ports import HOST

ORDERS = 20


@pytest.fixture
def selling(audited: Shop) -> Shop:
    """Open a shop with goods for every order of a test."""
    audited.receive("MUG", 100 * ORDERS)
    return audited


def place(shop: Shop, orders: int = ORDERS) -> None:
    for number in range(orders):
        declined = number % 5 == 1
        shop.order(payment_method="pm_card_chargeDeclined" if declined else "pm_card_visa")


def post_order(stack: Stack, shop: Shop) -> int:
    """Place an order over HTTP, with a server that rings the same broker; return the status."""
    shop.customer.user, _ = User.objects.get_or_create(username="ada")
    shop.customer.save()
    token = issue_token(shop.customer.user, name="tests", reason="a test", actor="tests")
    order = {"lines": [{"sku": "MUG", "quantity": 1}], "payment_method": "pm_card_visa"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection(HOST, stack.web, timeout=30)) as connection:
        connection.request("POST", "/api/v1/orders", json.dumps(order), headers)
        return connection.getresponse().status


def test_a_bell_brings_the_workers(stack: Stack, selling: Shop) -> None:
    assert post_order(stack, selling) == 202
    stack.wait_until_settled()
    assert Order.objects.get().status == "confirmed"


def test_every_flow_comes_to_each_of_its_outcomes(stack: Stack, selling: Shop) -> None:
    orders = {
        (flow, end): selling.order({"MUG": units}, payment_method=card, flow=flow)
        for flow in FLOWS
        for end, (units, card) in {
            ("confirmed", ""): (1, "pm_card_visa"),
            ("cancelled", "payment_declined"): (1, "pm_card_chargeDeclined"),
            ("cancelled", "out_of_stock"): (1000 * ORDERS, "pm_card_visa"),
        }.items()
    }
    stack.wait_until_settled()
    assert {case: outcome(order) for case, order in orders.items()} == {
        (flow, end): end for flow, end in orders
    }


def test_a_broker_that_forgets_everything(stack: Stack, selling: Shop) -> None:
    place(selling)
    stack.broker.forget()
    place(selling)
    stack.wait_until_settled()


def test_a_broker_that_is_killed_and_comes_back_empty(stack: Stack, selling: Shop) -> None:
    place(selling)
    stack.broker.kill()
    place(selling)
    assert post_order(stack, selling) == 202
    stack.broker.start()
    stack.wait_until_settled()


def test_a_broker_that_is_stopped_for_long(stack: Stack, selling: Shop) -> None:
    """What piles up meanwhile are rows; how long the stop takes makes no difference to them."""
    stack.broker.stop()
    place(selling)
    for _ in range(3):
        assert post_order(stack, selling) == 202
    assert Order.objects.filter(status="pending").exists()
    stack.broker.start()
    stack.wait_until_settled()


def test_a_broker_that_hangs_while_requests_are_served(stack: Stack, selling: Shop) -> None:
    """Each is answered while the broker answers nobody: so no request has waited for it."""
    with stack.broker.frozen():
        for _ in range(4):
            assert post_order(stack, selling) == 202
            assert stack.broker.state == "T"
        place(selling)
    stack.wait_until_settled()
    assert Order.objects.count() == 4 + ORDERS


def test_connections_to_the_broker_that_died_without_a_word(stack: Stack, selling: Shop) -> None:
    place(selling)
    stack.wire.go_dead()
    place(selling)
    assert post_order(stack, selling) == 202
    stack.wait_until_settled()


def test_an_old_dump_of_the_broker(stack: Stack, selling: Shop) -> None:
    """Bells of yesterday name subscribers that are owed nothing any more, or nobody at all."""
    broker = stack.broker
    if not isinstance(broker, Redis):
        pytest.skip("what is sent to RabbitMQ is transient: it has no old messages to restore")
    with stack.workers_paused():
        for _ in range(3):
            assert post_order(stack, selling) == 202
        wait_until(lambda: broker.heard() > 0)
        broker.dump()
    stack.wait_until_settled()
    with stack.workers_paused():
        broker.kill()
        broker.start()
        assert broker.heard() > 0
    broker.forget_dump()
    place(selling)
    stack.wait_until_settled()
    assert Order.objects.count() == 3 + ORDERS
