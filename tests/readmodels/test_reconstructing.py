"""Events that contexts reconstruct from their tables equal those in the log."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.utils import timezone

from inventory.events import (
    InventoryReleased,
    InventoryReservationFailed,
    InventoryReserved,
    InventoryRestocked,
)
from orders.events import OrderCancellationRequested, OrderPlaced
from orders.flows import FLOWS
from orders.models import Order
from orders.services import (
    LineReceived,
    LineToReturn,
    give_up_return,
    receive_return,
    request_cancellation,
    request_refund,
    request_return,
)
from outbox import history
from outbox.log import reading
from outbox.messages import Event
from payments.events import PaymentCompleted, PaymentPartCaptured
from readmodels.projection import projections
from testkit.delivering import settle
from testkit.shop import PRICE, Shop
from tests.readmodels.day import tables
from tests.shop import send

Clock = Callable[[], datetime]
Life = Callable[[Shop, str], Order]


def confirmed(shop: Shop, flow: str) -> Order:
    order = shop.order({"MUG": 2, "BOWL": 1}, flow=flow)
    settle()
    return order


def declined(shop: Shop, flow: str) -> Order:
    return shop.order(payment_method="pm_card_chargeDeclined", flow=flow)


def out_of_stock(shop: Shop, flow: str) -> Order:
    return shop.order({"MUG": 2, "BOWL": 99}, flow=flow)


def answered_late(shop: Shop, flow: str) -> Order:
    return shop.order({"MUG": 1}, payment_method="pm_sandbox_silent_once", flow=flow)


def cancelled_while_pending(shop: Shop, flow: str) -> Order:
    order = shop.order({"MUG": 1}, flow=flow)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    return order


def cancelled(shop: Shop, flow: str) -> Order:
    order = confirmed(shop, flow)
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    return order


def returned_in_part(shop: Shop, flow: str) -> Order:
    order = confirmed(shop, flow)
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)], reason="too small")
    settle()
    request_refund(order_id=order.id, amount=PRICE, reason="a scratch")
    return order


def returned_after_it_had_left(shop: Shop, flow: str) -> Order:
    order = confirmed(shop, flow)
    send(order)
    settle()
    returned = request_return(order_id=order.id, lines=[LineToReturn(1, 2), LineToReturn(2, 1)])
    settle()
    assert returned is not None
    back = [LineReceived(1, restocked=1, written_off=1), LineReceived(2, written_off=1)]
    receive_return(return_id=returned.id, lines=back, by="packer")
    return order


def announced_in_vain(shop: Shop, flow: str) -> Order:
    order = confirmed(shop, flow)
    send(order)
    settle()
    for _ in range(2):
        returned = request_return(order_id=order.id, lines=[LineToReturn(1, 1)], reason="too small")
    assert returned is not None
    settle()
    give_up_return(return_id=returned.id, reason="keeps it")
    return order


LIVES = [
    confirmed,
    declined,
    out_of_stock,
    answered_late,
    cancelled_while_pending,
    cancelled,
    returned_in_part,
    returned_after_it_had_left,
    announced_in_vain,
]


def kept(event: Event) -> Event | None:
    """Remove what the reconstruction is documented not to keep."""
    match event:
        case OrderPlaced():
            return msgspec.structs.replace(event, payment_method="")
        case (
            OrderCancellationRequested()
            | InventoryReleased(released=())
            | InventoryRestocked(restocked=())
            | PaymentCompleted(amount=0)
            | PaymentPartCaptured(amount=0)
        ):
            return None
        case InventoryReservationFailed():
            return msgspec.structs.replace(event, missing=())
    return event


def facts(events: list[Event]) -> set[Any]:
    """Return the events, each once; a released hold is reconstructed without its commitment."""
    events = [each for event in events if (each := kept(event))]
    names = {type(each).__name__ for each in events}
    if names >= {"InventoryHeld", "InventoryReleased"}:
        events = [each for each in events if not isinstance(each, InventoryReserved)]
    return {msgspec.json.encode([type(each).__name__, each]) for each in events}


@pytest.mark.parametrize("flow", sorted(FLOWS))
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
def test_the_events_of_an_order_are_reconstructed_as_logged(
    audited: Shop, flow: str, life: Life
) -> None:
    audited.receive("BOWL", 5)
    order = life(audited, flow)
    settle()
    assert_reconstructed_as_logged(order)


def test_the_events_of_a_backorder_are_reconstructed_as_logged(audited: Shop) -> None:
    waiting = audited.order({"MUG": 12}, partial=True)
    settle()
    audited.receive("MUG", 2)
    settle()
    assert_reconstructed_as_logged(waiting.backorders.get())


@pytest.mark.parametrize("flow", sorted(FLOWS))
@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.__name__)
@pytest.mark.parametrize("ahead", [3.0, -3.0], ids=["web ahead", "workers ahead"])
def test_clocks_that_differ_make_no_correct_row_wrong(
    audited: Shop, monkeypatch: pytest.MonkeyPatch, flow: str, life: Life, ahead: float
) -> None:
    """Calls of the shop stand for web requests; `settle` stands for workers."""
    audited.receive("BOWL", 5)
    really, settle_all = timezone.now, settle
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: really() + timedelta(seconds=ahead))
        patched.setattr(f"{__name__}.settle", lambda: with_their_clock(patched, really, settle_all))
        order = life(audited, flow)
    settle()
    before = tables_of_all()
    assert call("verify", "--all", "--repair") == "0 rows differ"
    assert tables_of_all() == before
    found = history.reconstruct([order.id], list(history.reconstructed))
    assert isinstance(found[0].message, OrderPlaced)


def with_their_clock(patched: pytest.MonkeyPatch, clock: Clock, act: Callable[[], None]) -> None:
    ours = timezone.now
    patched.setattr(timezone, "now", clock)
    act()
    patched.setattr(timezone, "now", ours)


def tables_of_all() -> list[Any]:
    return [tables(each) for each in projections.values()]


def call(*words: str) -> str:
    said = StringIO()
    call_command("readmodels", *words, stdout=said)
    return said.getvalue().splitlines()[-1]


def assert_reconstructed_as_logged(order: Order) -> None:
    logged = [each.message for each in reading.read([order.id], list(history.reconstructed))]
    found = [each.message for each in history.reconstruct([order.id], list(history.reconstructed))]

    assert facts(found) == facts(logged)
