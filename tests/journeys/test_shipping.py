"""An order leaves in shipments, all at once or in parts, and its goods leave stock with them."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from inventory.models import MovementKind, StockItem, StockMovement
from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import IllegalMove, Order, OrderLine, Shipment
from orders.pricing import NewLine
from orders.services import (
    LineToReturn,
    ReturnRefused,
    ShipmentRefused,
    close_order,
    dispatch_shipment,
    pack_shipment,
    place_order,
    request_cancellation,
    request_refund,
    request_return,
    unpack_shipment,
)
from outbox.models import Message
from payments.services import capturing
from readmodels.models import OrderDetail
from testkit.book import kept, moved, taken
from testkit.clock import let_deadlines_pass
from testkit.delivering import settle, settle_all_but
from testkit.lanes import owe_again
from testkit.shop import PRICE, Shop, outcome
from tests.shop import hand_over, pack, send, take_in

every_flow = pytest.mark.parametrize("flow", sorted(FLOWS))


def on_hand(sku: str = "MUG") -> tuple[int, int]:
    """Return what is on hand, and how much of it orders hold."""
    item = StockItem.objects.get(sku=sku)
    return item.on_hand, item.reserved


def left_at(shipment: Shipment) -> datetime | None:
    shipment.refresh_from_db()
    return shipment.dispatched_at


def placed(shop: Shop, flow: str, lines: dict[str, int] | None = None) -> Order:
    order = shop.order(lines or {"MUG": 4}, flow=flow)
    settle()
    return order


@every_flow
def test_what_leaves_at_once_leaves_stock_and_fulfils_the_order(audited: Shop, flow: str) -> None:
    order = placed(audited, flow)
    shipment = send(order)
    settle()
    assert outcome(order) == ("fulfilled", "")
    assert on_hand() == (6, 0)
    assert kept(order.id) == 4 * PRICE
    shipment.refresh_from_db()
    assert (shipment.status, shipment.amount) == ("dispatched", 4 * PRICE)


@every_flow
def test_an_order_leaves_in_parts_and_is_fulfilled_with_the_last(audited: Shop, flow: str) -> None:
    audited.receive("JUG", 5)
    order = placed(audited, flow, {"MUG": 4, "JUG": 2})
    first = send(order, {1: 3})
    settle()
    assert outcome(order) == ("confirmed", "")
    assert (on_hand("MUG"), on_hand("JUG")) == ((7, 1), (5, 2))
    second = send(order, {1: 1, 2: 1})
    settle()
    assert outcome(order) == ("confirmed", "")
    third = send(order)
    settle()
    assert outcome(order) == ("fulfilled", "")
    assert (on_hand("MUG"), on_hand("JUG")) == ((6, 0), (3, 0))
    sent = Message.objects.filter(type="ShipmentDispatched", correlation_id=order.id)
    assert [
        (each.payload["shipment_id"], each.payload["amount"]) for each in sent.order_by("sequence")
    ] == [
        (str(first.id), 3 * PRICE),
        (str(second.id), 2 * PRICE),
        (str(third.id), PRICE),
    ]


@every_flow
def test_a_customer_sees_what_has_left_and_how_to_track_it(audited: Shop, flow: str) -> None:
    order = placed(audited, flow)
    shipment = send(order, {1: 1})
    settle()
    seen = OrderDetail.objects.get(order_id=order.id)
    assert seen.stock_status == "part_sent"
    (parcel,) = seen.shipments
    assert datetime.fromisoformat(parcel.pop("dispatched_at")) == left_at(shipment)
    assert parcel == {
        "id": str(shipment.id),
        "amount": PRICE,
        "carrier": "Royal Mail",
        "tracking": "QM123456785GB",
        "lines": [{"number": 1, "sku": "MUG", "quantity": 1}],
    }
    send(order)
    settle()
    assert OrderDetail.objects.get(order_id=order.id).stock_status == "sent"


@every_flow
def test_once_something_has_left_the_order_is_not_cancelled(audited: Shop, flow: str) -> None:
    order = placed(audited, flow)
    send(order, {1: 1})
    with pytest.raises(IllegalMove, match="is leaving"):
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    with pytest.raises(IllegalMove, match="can only be returned"):
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")


@every_flow
def test_what_is_only_packed_is_cancelled_and_unpacked(audited: Shop, flow: str) -> None:
    order = placed(audited, flow)
    shipment = pack(order, {1: 2})
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")
    settle()
    assert outcome(order) == ("cancelled", "cancelled_by_customer")
    shipment.refresh_from_db()
    assert shipment.status == "unpacked"
    assert (on_hand(), kept(order.id)) == ((10, 0), 0)


@pytest.mark.usefixtures("handed_twice")
@every_flow
def test_asking_again_sends_nothing_twice(audited: Shop, settings: Settings, flow: str) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    order = placed(audited, flow)
    shipment = send(order, {1: 1})
    settle_all_but("inventory")
    let_deadlines_pass(order.id, steps=("consume",))
    hand_over(shipment)
    settle()
    owe_again("inventory", "orders", "sagas")
    settle()
    left = StockMovement.objects.filter(order_id=order.id, kind=MovementKind.CONSUMED)
    assert [each.on_hand_change for each in left] == [-1]
    assert on_hand() == (9, 3)


def test_never_more_is_packed_than_is_left(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    pack(order, {1: 2})
    for units in (0, -1, 2):
        with pytest.raises(ShipmentRefused, match="1 are left to pack"):
            pack(order, {1: units})
    with pytest.raises(ShipmentRefused, match="line 7: 1 units cannot be packed, 0 are left"):
        pack(order, {7: 1})
    pack(order)
    with pytest.raises(ShipmentRefused, match="nothing is left to pack"):
        pack(order)


def test_the_database_says_so_too(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    with pytest.raises(IntegrityError, match="orders_line_packed"), transaction.atomic():
        OrderLine.objects.filter(order=order).update(packed=5)
    with pytest.raises(IntegrityError, match="orders_line_sent"), transaction.atomic():
        OrderLine.objects.filter(order=order).update(sent=1)


def test_only_a_confirmed_order_is_packed(audited: Shop) -> None:
    order = audited.order({"MUG": 1})
    with pytest.raises(ShipmentRefused, match="is pending"):
        pack(order)
    settle()
    send(order)
    settle()
    with pytest.raises(ShipmentRefused, match="is fulfilled"):
        pack(order)


def test_what_is_unpacked_can_be_packed_again(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    shipment = pack(order)
    unpack_shipment(shipment_id=shipment.id)
    unpack_shipment(shipment_id=shipment.id)
    with pytest.raises(ShipmentRefused, match="is unpacked"):
        hand_over(shipment)
    again = send(order)
    settle()
    with pytest.raises(ShipmentRefused, match="cannot be unpacked"):
        unpack_shipment(shipment_id=again.id)
    assert outcome(order) == ("fulfilled", "")


def test_one_shipment_leaves_at_a_time_and_none_during_a_return(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    first, second = pack(order, {1: 1}), pack(order, {1: 1})
    hand_over(first)
    with pytest.raises(ShipmentRefused, match="is leaving"):
        hand_over(second)
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    take_in(order)
    with pytest.raises(ShipmentRefused, match="under way"):
        dispatch_shipment(shipment_id=second.id, by="packer")
    settle()
    hand_over(second)
    settle()


def test_a_shipment_with_a_known_reference_is_packed_once(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    first = pack_shipment(order_id=order.id, by="packer", reference="P-1")
    assert pack_shipment(order_id=order.id, by="packer", reference="P-1") == first


@every_flow
def test_the_rest_of_an_order_is_given_up_after_a_part_has_left(audited: Shop, flow: str) -> None:
    order = placed(audited, flow)
    send(order, {1: 1})
    settle()
    packed = pack(order, {1: 1})
    close_order(order_id=order.id, reason="the rest is broken")
    settle()
    assert outcome(order) == ("fulfilled", "")
    packed.refresh_from_db()
    assert packed.status == "unpacked"
    assert (on_hand(), kept(order.id)) == ((9, 0), PRICE)
    assert close_order(order_id=order.id, reason="again") is None


def test_an_order_of_which_nothing_has_left_is_cancelled_instead(audited: Shop) -> None:
    order = placed(audited, "charge_first")
    with pytest.raises(ReturnRefused, match="cancel it instead"):
        close_order(order_id=order.id, reason="broken")


def test_money_is_captured_with_each_shipment(audited: Shop) -> None:
    order = placed(audited, RESERVE_FIRST)
    assert taken(order.id) == []
    send(order, {1: 1})
    settle()
    assert taken(order.id) == [PRICE]
    assert OrderDetail.objects.get(order_id=order.id).payment_status == "partly_paid"
    send(order)
    settle()
    assert taken(order.id) == [PRICE, 3 * PRICE]
    assert OrderDetail.objects.get(order_id=order.id).payment_status == "paid"


def test_parts_of_a_discounted_line_are_captured_to_the_last_penny(audited: Shop) -> None:
    order = place_order(
        customer=audited.customer,
        lines=[NewLine("MUG", 3, unit_price=100, discount=100), NewLine("MUG", 1)],
        payment_method="pm_card_visa",
        flow=RESERVE_FIRST,
    )
    settle()
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    for _ in range(2):
        send(order, {1: 1})
        settle()
    send(order)
    settle()
    assert taken(order.id) == [67, 67, PRICE]
    for units in (1, 1):
        request_return(order_id=order.id, lines=[LineToReturn(1, units)])
        take_in(order)
        settle()
    assert kept(order.id) == PRICE


def test_what_is_given_back_before_it_leaves_is_never_captured(audited: Shop) -> None:
    order = placed(audited, RESERVE_FIRST)
    request_return(order_id=order.id, lines=[LineToReturn(1, 1)])
    settle()
    request_refund(order_id=order.id, amount=99, reason="a scratch")
    settle()
    send(order, {1: 1})
    settle()
    send(order)
    settle()
    assert taken(order.id) == [PRICE, 2 * PRICE - 99]
    assert moved(order.id, "refund", "void") == []
    request_refund(order_id=order.id, amount=1, reason="another")
    settle()
    assert moved(order.id, "refund") == [1]


def test_a_shipment_whose_capture_is_declined_is_held_back(audited: Shop) -> None:
    order = audited.order(
        {"MUG": 2}, flow=RESERVE_FIRST, payment_method="pm_sandbox_capture_declined"
    )
    settle()
    shipment = send(order)
    settle()
    shipment.refresh_from_db()
    assert (shipment.status, shipment.held_back) == ("held_back", "declined_by_sandbox")
    assert outcome(order) == ("confirmed", "")
    assert (on_hand(), taken(order.id)) == ((10, 2), [])
    request_cancellation(order_id=order.id, reason_code="cancelled_by_staff")
    settle()
    assert (outcome(order)[0], kept(order.id)) == ("cancelled", 0)


def test_a_capture_without_an_answer_is_made_once(audited: Shop) -> None:
    order = audited.order(
        {"MUG": 2}, flow=RESERVE_FIRST, payment_method="pm_sandbox_capture_silent_thrice"
    )
    settle()
    send(order, {1: 1})
    settle_all_but("gateway")
    let_deadlines_pass(order.id)
    settle()
    send(order)
    settle()
    assert taken(order.id) == [PRICE, PRICE]
    assert outcome(order) == ("fulfilled", "")


def test_a_gateway_that_captures_once_takes_everything_with_the_first_shipment(
    audited: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capturing, "captures_in_parts", lambda _: False)
    order = placed(audited, RESERVE_FIRST)
    send(order, {1: 1})
    settle()
    assert taken(order.id) == [4 * PRICE]
    send(order, {1: 1})
    settle()
    close_order(order_id=order.id, reason="the rest is broken")
    settle()
    assert taken(order.id) == [4 * PRICE]
    assert moved(order.id, "refund") == [2 * PRICE]
    assert outcome(order) == ("fulfilled", "")
