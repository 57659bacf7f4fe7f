"""What is done in a path, and how it has to end."""

from collections.abc import Callable
from contextlib import suppress

from inventory.services import wake
from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.sagas.operators.interventions import Refused
from outbox.delivery.batch import deliver_batch
from outbox.registry import subscribers
from tests.shop import PRICE, Shop, kept, let_deadlines_pass, outcome, settle, settle_all_but, taken

CONFIRMED = ("confirmed", "")


def place(shop: Shop, flow: str, *, units: int = 3, card: str = "pm_card_visa") -> Order:
    return shop.order({"MUG": units}, payment_method=card, flow=flow, reference="A-1")


def settle_and_wake() -> None:
    """Settle, and look after those who wait for goods, as beat does each second."""
    settle()
    wake()
    settle()


def call_in_vain(order: Order, *, deadlines: int) -> None:
    """Have the gateway called once, without an answer, and deadlines pass."""
    settle_all_but("gateway")
    deliver_batch(subscribers["gateway"])
    for _ in range(deadlines):
        let_deadlines_pass(order.id)
        settle_all_but("gateway")


def operate(verb: Callable[..., object], order: Order) -> None:
    """Have an operator act on the saga of an order; what was done before is refused."""
    saga = SagaInstance.objects.get(correlation_id=order.id)
    with suppress(Refused):
        verb(saga_id=saga.id, by=None, reason="the gateway's support says that it is down")


def stands(shop: Shop, order: Order, *, units: int = 3) -> None:
    assert outcome(order) == CONFIRMED
    assert len(taken(order.id)) == 1
    assert (kept(order.id), shop.reserved()) == (units * PRICE, units)


def is_undone(shop: Shop, order: Order, how: tuple[str, str]) -> None:
    assert outcome(order) == how
    assert (kept(order.id), shop.reserved()) == (0, 0)
