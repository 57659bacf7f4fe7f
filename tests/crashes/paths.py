"""The paths an order can take, each as a client, staff and time would lead it there.

A path may be run again from its beginning after its process has died: what was done is not done
twice, since every act in it bears a reference or changes nothing the second time.
"""

from collections.abc import Callable

from inventory.models import Reservation, StockItem
from inventory.services import expire_holds
from orders.models import Order, Shipment
from orders.sagas.definitions.charge_first import ChargeFirst
from orders.sagas.operators import verbs
from orders.services import (
    LineReceived,
    LineToReturn,
    close_order,
    receive_return,
    request_cancellation,
    request_refund,
    request_return,
)
from payments.sandbox_bank import answer_bank, asked
from testkit.book import kept
from testkit.clock import age_holds, let_payment_wait_pass
from testkit.delivering import settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome
from tests.crashes.deeds import (
    CONFIRMED,
    call_in_vain,
    has_left,
    is_undone,
    operate,
    place,
    send_once,
    settle_and_wake,
    stands,
)
from tests.shop import let_return_time_pass

Path = Callable[[Shop, str], None]
"""Leads an order through a flow, and says how it has to end."""

BY_CUSTOMER = ("cancelled", "cancelled_by_customer")
BY_STAFF = ("cancelled", "cancelled_by_staff")


def paid(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    stands(shop, order)


def declined(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_card_chargeDeclined")
    settle()
    is_undone(shop, order, ("cancelled", "payment_declined"))


def out_of_stock(shop: Shop, flow: str) -> None:
    order = place(shop, flow, units=11)
    settle()
    is_undone(shop, order, ("cancelled", "out_of_stock"))


def charged_without_an_answer(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_silent_once")
    settle()
    stands(shop, order)


def asked_in_vain(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_lost_once")
    settle()
    stands(shop, order)


def confirmed_with_the_bank(shop: Shop, flow: str) -> None:
    """Let the customer confirm, and the webhook be lost: a look-up finds it."""
    order = place(shop, flow, card="pm_sandbox_action")
    settle()
    for entry in asked(order_id=str(order.id)):
        answer_bank(entry.token, confirmed=True, report=False)
    let_payment_wait_pass(order.id, minutes=2)
    settle()
    stands(shop, order)


def not_confirmed_in_time(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_action")
    settle()
    let_payment_wait_pass(order.id, minutes=31)
    settle()
    is_undone(shop, order, ("cancelled", "payment_not_confirmed"))


def cancelled_while_the_bank_asks(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_action")
    settle()
    request_cancellation(order_id=order.id, reason_code=BY_CUSTOMER[1])
    settle()
    is_undone(shop, order, BY_CUSTOMER)


def refunded_without_an_answer(shop: Shop, flow: str) -> None:
    order = place(shop, flow, units=11, card="pm_sandbox_refund_silent_once")
    settle()
    is_undone(shop, order, ("cancelled", "out_of_stock"))


def captured_without_an_answer(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_capture_silent_once")
    settle()
    send_once(order, "S-1", units=1)
    settle()
    send_once(order, "S-2")
    settle()
    has_left(shop, order)


def not_captured(shop: Shop, flow: str) -> None:
    """Have the capture declined: the shipment is held back, and the order cancelled in the end."""
    order = place(shop, flow, card="pm_sandbox_capture_declined")
    settle()
    if not Shipment.objects.filter(order=order, status="held_back").exists():
        send_once(order, "S-1")
        settle()
    assert Shipment.objects.get(order=order).status == "held_back"
    request_cancellation(order_id=order.id, reason_code=BY_STAFF[1])
    settle()
    is_undone(shop, order, BY_STAFF)


def closed_after_a_part(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    send_once(order, "S-1", units=1)
    settle()
    close_order(order_id=order.id, reason="the rest is broken")
    settle()
    has_left(shop, order, units=1)


def cancelled_before_it_is_paid(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle_all_but("gateway")
    request_cancellation(order_id=order.id, reason_code=BY_CUSTOMER[1])
    settle()
    is_undone(shop, order, BY_CUSTOMER)


def cancelled_when_it_is_confirmed(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    request_cancellation(order_id=order.id, reason_code=BY_CUSTOMER[1])
    settle()
    is_undone(shop, order, BY_CUSTOMER)


def returned_in_part(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 2)], reference="R-1")
    settle()
    stands(shop, order, units=1)


def returned_after_it_has_left(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    send_once(order, "S-1")
    settle()
    returned = request_return(order_id=order.id, lines=[LineToReturn(1, 3)], reference="R-1")
    settle()
    assert returned is not None
    receive_return(
        return_id=returned.id,
        lines=[LineReceived(1, restocked=2, written_off=1)],
        by="packer",
    )
    settle()
    assert outcome(order) == ("fulfilled", "")
    assert (kept(order.id), shop.reserved()) == (0, 0)
    assert StockItem.objects.get(pk="MUG").on_hand == 9


def announced_in_vain(shop: Shop, flow: str) -> None:
    """Let the goods of a return never come: it is given up, and nothing is refunded."""
    order = place(shop, flow)
    settle()
    send_once(order, "S-1")
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 3)], reference="R-1")
    settle()
    let_return_time_pass(order)
    settle()
    has_left(shop, order)
    assert order.returns.get().status == "given_up"


def left_at_once(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    send_once(order, "S-1")
    settle()
    has_left(shop, order)


def left_in_parts(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    send_once(order, "S-1", units=1)
    settle()
    send_once(order, "S-2")
    settle()
    has_left(shop, order)


def refunded_in_part(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle()
    if not order.returns.exists():
        request_refund(order_id=order.id, amount=PRICE, reason="a scratch")
    settle()
    assert outcome(order) == CONFIRMED
    assert (kept(order.id), shop.reserved()) == (2 * PRICE, 3)


def answered_after_it_is_given_up(shop: Shop, flow: str) -> None:
    """Let the gateway say that it was done when the order is cancelled: all goes back."""
    order = place(shop, flow, card="pm_sandbox_silent_thrice")
    call_in_vain(order, deadlines=1)
    request_cancellation(order_id=order.id, reason_code=BY_STAFF[1])
    settle()
    is_undone(shop, order, BY_STAFF)


def undone_by_an_operator(shop: Shop, flow: str) -> None:
    order = place(shop, flow, card="pm_sandbox_silent_thrice")
    call_in_vain(order, deadlines=ChargeFirst.charge.retry.attempts)
    operate(verbs.compensate, order)
    settle()
    if outcome(order) == CONFIRMED:  # it was answered before the operator came
        stands(shop, order)
    else:
        is_undone(shop, order, ("cancelled", "payment_unresolved"))


def suspended_for_a_while(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle_all_but("gateway")
    operate(verbs.suspend, order)
    settle()
    operate(verbs.resume, order)
    settle()
    stands(shop, order)


def held_for_too_long(shop: Shop, flow: str) -> None:
    order = place(shop, flow)
    settle_all_but("gateway")
    operate(verbs.suspend, order)
    settle()
    age_holds(order.id)
    expire_holds()
    operate(verbs.resume, order)
    settle()
    if Reservation.objects.filter(order_id=order.id, status="committed").exists():
        stands(shop, order)  # a process that died has made it go on before the hold was old
    else:
        is_undone(shop, order, ("cancelled", "out_of_stock"))


def sent_in_parts(shop: Shop, flow: str) -> None:
    order = shop.order({"MUG": 12}, flow=flow, partial=True, reference="A-1")
    settle_and_wake()
    if not StockItem.objects.filter(pk="MUG", on_hand=15).exists():
        shop.receive("MUG", 5)
    settle_and_wake()
    rest = Order.objects.get(backorder_of=order)
    assert (outcome(order), outcome(rest)) == (CONFIRMED, CONFIRMED)
    assert (kept(order.id), kept(rest.id), shop.reserved()) == (10 * PRICE, 2 * PRICE, 12)
