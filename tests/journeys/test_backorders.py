"""Orders in parts: what is there is paid for and stands, the rest waits as a backorder."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from inventory.models import Reservation, StockItem
from inventory.services import awaiting, wake
from orders.flows import RESERVE_FIRST
from orders.models import Customer, Order, OrderLine
from orders.pricing import NewLine
from orders.services import NotInParts, place_in_parts, request_cancellation
from outbox.delivery.batch import deliver_batch
from outbox.delivery.relay import owed_names
from outbox.registry import receivers
from payments.models import Payment
from readmodels.models import OrderSummary
from testkit.book import book_of, kept, moved
from testkit.delivering import hurry, settle, settle_all_but
from testkit.shop import PRICE, Shop, outcome, reprice
from tests.threads import at_once

STANDS = ("confirmed", "")
WAITS = ("waiting", "")
TAKEN_BACK = ("cancelled", "cancelled_by_customer")


@pytest.fixture
def shop(audited: Shop) -> Shop:
    """Open a shop with ten mugs and no teapot, whose books are in order at the end."""
    audited.receive("TEAPOT", 1)
    audited.order({"TEAPOT": 1})
    settle()
    return audited


def backorder_of(order: Order) -> Order:
    return Order.objects.get(backorder_of=order)


def units_of(order: Order) -> dict[str, int]:
    return dict(OrderLine.objects.filter(order=order).values_list("sku", "quantity"))


def cancel(order: Order) -> None:
    request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")


def set_aside(order: Order) -> list[int]:
    """Return what was authorized; each shipment captures its part of it."""
    return moved(order.id, "authorize")


def receive(shop: Shop, units: int) -> None:
    shop.receive("TEAPOT", units)
    settle()


def test_a_partial_order_whose_goods_are_there_is_placed_whole(shop: Shop) -> None:
    order = shop.order({"MUG": 3}, partial=True)
    settle()
    assert outcome(order) == STANDS
    assert kept(order.id) == 3 * PRICE
    assert not Order.objects.filter(backorder_of=order).exists()


def test_what_is_there_is_paid_for_and_the_rest_waits_unpaid(shop: Shop) -> None:
    order = shop.order({"MUG": 12, "TEAPOT": 1}, partial=True)
    settle()
    rest = backorder_of(order)
    assert (outcome(order), units_of(order)) == (STANDS, {"MUG": 10})
    assert (outcome(rest), units_of(rest)) == (WAITS, {"MUG": 2, "TEAPOT": 1})
    assert (set_aside(order), order.amount, rest.amount) == ([10 * PRICE], 10 * PRICE, 3 * PRICE)
    assert book_of(rest.id) == []
    assert not Payment.objects.filter(order_id=rest.id).exists()


def test_an_order_of_which_nothing_is_there_waits_whole(shop: Shop) -> None:
    order = shop.order({"TEAPOT": 2}, partial=True)
    settle()
    assert (outcome(order), units_of(order)) == (WAITS, {"TEAPOT": 2})
    assert (book_of(order.id), shop.reserved("TEAPOT")) == ([], 1)


def test_goods_that_come_wake_the_backorder_and_only_then_it_is_paid(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "TEAPOT": 2}, partial=True)
    settle()
    rest = backorder_of(order)
    receive(shop, 5)
    assert (outcome(order), outcome(rest)) == (STANDS, STANDS)
    assert set_aside(rest) == [2 * PRICE]
    assert shop.reserved("TEAPOT") == 3


def test_the_read_rows_show_what_waits_and_of_which_order_it_is(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "TEAPOT": 2}, partial=True)
    settle()
    row = OrderSummary.objects.get(order_id=order.id)
    rest = OrderSummary.objects.get(order_id=backorder_of(order).id)
    assert (row.status, row.item_count, row.amount) == ("confirmed", 1, PRICE)
    assert row.backorder_of is None
    assert (rest.status, rest.item_count, rest.amount) == ("waiting", 2, 2 * PRICE)
    assert (rest.backorder_of, rest.placed_at) == (order.id, row.placed_at)


def test_of_two_that_wait_the_older_gets_what_is_enough_for_one(shop: Shop) -> None:
    older, younger = (shop.order({"TEAPOT": 2}, partial=True) for _ in range(2))
    settle()
    receive(shop, 2)
    assert (outcome(older), outcome(younger)) == (STANDS, WAITS)
    receive(shop, 2)
    assert outcome(younger) == STANDS


def test_a_backorder_is_as_old_as_the_order_it_was_split_off_from(shop: Shop) -> None:
    first = shop.order({"TEAPOT": 2, "MUG": 1}, partial=True)
    second = shop.order({"TEAPOT": 1}, partial=True)
    settle()
    receive(shop, 2)
    assert (outcome(backorder_of(first)), outcome(second)) == (STANDS, WAITS)


def test_nobody_takes_what_somebody_waits_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = shop.order({"TEAPOT": 2}, partial=True)
    settle()
    with monkeypatch.context() as lost:
        lost.setattr(awaiting, "wake", lambda: 0)
        shop.receive("TEAPOT", 3)
        greedy, modest = shop.order({"TEAPOT": 2}), shop.order({"TEAPOT": 1})
        settle()
    assert (outcome(greedy), outcome(modest)) == (("cancelled", "out_of_stock"), STANDS)
    wake()
    settle()
    assert outcome(waits) == STANDS


def test_goods_that_trickle_in_make_a_chain_of_orders_that_lacks_nothing(shop: Shop) -> None:
    first = shop.order({"TEAPOT": 6}, partial=True)
    settle()
    for units in (1, 2, 1, 5):
        receive(shop, units)
    chain = [first]
    while following := Order.objects.filter(backorder_of=chain[-1]).first():
        chain.append(following)
    assert [units_of(each)["TEAPOT"] for each in chain] == [1, 2, 1, 2]
    assert [outcome(each) for each in chain] == [STANDS] * 4
    assert [set_aside(each) for each in chain] == [[PRICE], [2 * PRICE], [PRICE], [2 * PRICE]]
    assert shop.reserved("TEAPOT") == 7


def test_cancelling_one_part_leaves_the_other(shop: Shop) -> None:
    for cancelled in ("order", "rest"):
        order = shop.order({"MUG": 1, "TEAPOT": 1}, partial=True)
        settle()
        rest = backorder_of(order)
        cancel({"order": order, "rest": rest}[cancelled])
        settle()
        receive(shop, 1)
        ends = outcome(order), outcome(rest)
        assert ends == ((TAKEN_BACK, STANDS) if cancelled == "order" else (STANDS, TAKEN_BACK))
        assert kept(order.id) + kept(rest.id) == PRICE


def test_goods_that_come_after_the_cancellation_of_a_backorder_are_free(shop: Shop) -> None:
    order = shop.order({"TEAPOT": 2}, partial=True)
    settle()
    cancel(order)
    settle()
    receive(shop, 2)
    assert (outcome(order), shop.reserved("TEAPOT")) == (TAKEN_BACK, 1)
    assert book_of(order.id) == []


def test_a_card_is_known_to_an_order_only_while_it_waits(shop: Shop) -> None:
    placed = shop.order({"MUG": 1, "TEAPOT": 1}, partial=True)
    cancelled = shop.order({"TEAPOT": 1}, partial=True)
    settle()
    cancel(cancelled)
    settle()
    known = Order.objects.exclude(payment_method="")
    assert list(known) == [backorder_of(placed)]


def test_a_backorder_whose_card_is_declined_by_then_frees_its_goods_for_the_next(
    shop: Shop,
) -> None:
    declined = shop.order({"TEAPOT": 1}, payment_method="pm_card_chargeDeclined", partial=True)
    following = shop.order({"TEAPOT": 1}, partial=True)
    settle()
    receive(shop, 1)
    assert outcome(declined) == ("cancelled", "payment_declined")
    wake()
    settle()
    assert outcome(following) == STANDS


def test_goods_of_a_cancelled_order_go_to_who_waits(shop: Shop) -> None:
    holds = shop.order({"MUG": 10})
    settle()
    waits = shop.order({"MUG": 4}, partial=True)
    settle()
    cancel(holds)
    settle()
    assert outcome(waits) == WAITS
    wake()
    settle()
    assert outcome(waits) == STANDS


def test_who_holds_as_much_unpaid_as_they_may_is_woken_later_and_holds_up_nobody(
    shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UNPAID_HOLDS_PER_CUSTOMER = 1
    monkeypatch.setattr(awaiting, "AT_ONCE", 2)
    eager = [shop.order({"TEAPOT": 1}, partial=True) for _ in range(3)]
    settle()
    other = Shop(type(shop.customer).objects.create(name="Grace Hopper"))
    patient = other.order({"TEAPOT": 1}, partial=True)
    settle()
    shop.receive("TEAPOT", 4)
    assert Reservation.objects.filter(status="held").count() == 1
    wake()
    assert Reservation.objects.get(order_id=patient.id).status == "held"
    for _ in eager:
        settle()
        wake()
    settle()
    assert [outcome(each) for each in (*eager, patient)] == [STANDS] * 4


def test_goods_are_for_sale_while_who_waits_for_them_may_hold_no_more(
    shop: Shop, settings: Settings
) -> None:
    settings.UNPAID_HOLDS_PER_CUSTOMER = 1
    shop.order({"MUG": 1}, flow=RESERVE_FIRST)
    waits = shop.order({"TEAPOT": 1_000}, partial=True)
    shop.receive("TEAPOT", 10)
    settle_all_but("gateway")
    wake()
    assert outcome(waits) == WAITS
    grace = Shop(Customer.objects.create(name="Grace Hopper"))
    bought = grace.order({"TEAPOT": 4}, flow=RESERVE_FIRST)
    settle_all_but("gateway")
    assert Reservation.objects.get(order_id=bought.id).status == "held"
    settle()
    wake()
    settle()
    assert (outcome(bought), outcome(waits)) == (STANDS, STANDS)
    assert (units_of(waits), units_of(backorder_of(waits))) == ({"TEAPOT": 6}, {"TEAPOT": 994})


@pytest.mark.parametrize("flow", ["charge_first", "choreographed"])
def test_a_flow_that_takes_money_first_has_no_partial_orders(shop: Shop, flow: str) -> None:
    with pytest.raises(NotInParts, match=f"{flow} takes money before it holds goods"):
        shop.order(partial=True, flow=flow)


def test_a_reference_places_a_partial_order_once(shop: Shop) -> None:
    orders = [
        place_in_parts(
            customer=shop.customer,
            lines=[NewLine("TEAPOT", 1)],
            payment_method="pm_card_visa",
            reference="A-1",
        )
        for _ in range(2)
    ]
    settle()
    assert orders[0] == orders[1]
    assert Reservation.objects.filter(status="waiting").count() == 1


def test_a_wake_that_dies_before_its_commit_is_made_good_by_the_next(shop: Shop) -> None:
    order = shop.order({"TEAPOT": 1}, partial=True)
    settle()

    with transaction.atomic():
        shop.receive("TEAPOT", 1)
        assert wake() == 1
        transaction.set_rollback(True)
    settle()
    assert (outcome(order), shop.reserved("TEAPOT")) == (WAITS, 1)
    receive(shop, 1)
    assert outcome(order) == STANDS


@pytest.mark.parametrize("is_cancelled", ["order", "rest", "neither"])
def test_at_every_commit_a_restock_and_a_cancellation_leave_nothing_lost_or_doubled(
    shop: Shop, settings: Settings, is_cancelled: str
) -> None:
    settings.OUTBOX_FOLLOW_UP = False
    for stage in count():
        order = shop.order({"MUG": 1, "TEAPOT": 1}, partial=True)
        hops = 0
        for hop in one_hop_at_a_time():
            hops = hop
            if hop == stage:
                break
        rest = Order.objects.filter(backorder_of=order).first()
        cancelled: Any = {"order": order, "rest": rest, "neither": None}[is_cancelled]
        shop.receive("TEAPOT", 1)
        if cancelled:
            cancel(cancelled)
        settle()
        free = StockItem.objects.get(sku="TEAPOT").available
        parts = [order, *Order.objects.filter(backorder_of=order)]
        assert {outcome(each) for each in parts} <= {STANDS, TAKEN_BACK}, stage
        for each in parts:
            worth = each.amount if outcome(each) == STANDS else 0
            assert kept(each.id) == worth, stage
        if cancelled:
            assert outcome(cancelled) == TAKEN_BACK, stage
        else:
            assert free == 0, stage
        if free:
            sold = shop.order({"TEAPOT": free})
            settle()
            assert outcome(sold) == STANDS
        shop.receive("MUG", 1)
        if hops < stage:
            break
    assert stage > 10


def one_hop_at_a_time() -> Iterator[int]:
    for hop in count():
        hurry()
        names = owed_names()
        if not names:
            return
        yield hop
        deliver_batch(receivers(names[:1])[0])


def test_many_that_wait_and_many_restocks_at_once_serve_everybody_once(shop: Shop) -> None:
    orders = [shop.order({"TEAPOT": 1 + number % 3}, partial=True) for number in range(12)]
    settle()
    wanted = sum(1 + number % 3 for number in range(12))

    def act(_: int) -> None:
        for _ in range(wanted // 4):
            shop.receive("TEAPOT", 1)
            wake()

    at_once(4, act)
    settle()
    placed = Order.objects.filter(partial=True)
    assert {outcome(order) for order in placed} == {STANDS}
    assert sum(units_of(order)["TEAPOT"] for order in placed) == wanted
    assert {outcome(order) for order in orders} == {STANDS}
    assert shop.reserved("TEAPOT") == wanted + 1


def test_one_declined_card_ends_all_of_an_order_and_the_next_customer_gets_the_goods(
    shop: Shop,
) -> None:
    declined = shop.order({"TEAPOT": 25}, payment_method="pm_card_chargeDeclined", partial=True)
    settle()
    receive(shop, 1)
    grace = Shop(Customer.objects.create(name="Grace Hopper")).order({"TEAPOT": 1}, partial=True)
    settle()
    wake()
    settle()
    assert outcome(declined) == ("cancelled", "payment_declined")
    assert not Order.objects.filter(backorder_of=declined).exists()
    assert [entry.kind for entry in book_of(declined.id)] == ["authorize"]
    assert outcome(grace) == STANDS


def test_the_rest_of_an_order_does_not_exist_before_its_first_part_is_paid(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "TEAPOT": 1}, partial=True)
    settle_all_but("gateway")
    assert outcome(order) == ("pending", "")
    assert not Order.objects.filter(backorder_of=order).exists()
    settle()
    assert outcome(backorder_of(order)) == WAITS


def test_a_part_that_is_cancelled_before_it_is_paid_ends_all_of_the_order(shop: Shop) -> None:
    order = shop.order({"MUG": 1, "TEAPOT": 1}, partial=True)
    settle_all_but("gateway")
    cancel(order)
    settle()
    receive(shop, 1)
    assert outcome(order) == TAKEN_BACK
    assert not Order.objects.filter(backorder_of=order).exists()
    assert (shop.reserved("TEAPOT"), kept(order.id)) == (1, 0)
    assert not Order.objects.exclude(payment_method="").exists()


def test_goods_given_away_free_of_charge_have_a_rest_all_the_same(shop: Shop) -> None:
    reprice("TEAPOT", 0)
    order = shop.order({"TEAPOT": 2}, partial=True)
    settle()
    receive(shop, 1)
    assert (outcome(order), outcome(backorder_of(order))) == (STANDS, WAITS)
