"""What is done in a path, and how it has to end."""

from collections.abc import Callable
from contextlib import suppress

from inventory.models import StockItem
from inventory.services import wake
from orders.flows import RESERVE_FIRST
from orders.models import Order
from orders.sagas.models import SagaInstance
from orders.sagas.operators.interventions import Refused
from orders.services import LineToPack, pack_shipment
from outbox.delivery.batch import deliver_batch
from outbox.registry import subscribers
from testkit.book import kept, taken
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.shop import hand_over

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
    assert len(taken(order.id)) == (order.flow != RESERVE_FIRST)
    assert (kept(order.id), shop.reserved()) == (units * PRICE, units)


def send_once(order: Order, reference: str, *, units: int = 0) -> None:
    """Let units of an order leave, or all that is left, unless this shipment was packed before."""
    lines = [LineToPack(1, units)] if units else []
    hand_over(pack_shipment(order_id=order.id, lines=lines, by="packer", reference=reference))


def has_left(shop: Shop, order: Order, *, units: int = 3) -> None:
    assert outcome(order) == ("fulfilled", "")
    assert (kept(order.id), shop.reserved()) == (units * PRICE, 0)
    assert StockItem.objects.get(pk="MUG").on_hand == 10 - units


def is_undone(shop: Shop, order: Order, how: tuple[str, str]) -> None:
    assert outcome(order) == how
    assert (kept(order.id), shop.reserved()) == (0, 0)
