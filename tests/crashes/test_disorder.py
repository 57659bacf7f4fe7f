"""Orders in disorder, over five hundred seeds: they end as they do in order."""

import os
import random

import pytest
from pytest_django import Settings

from orders.flows import FLOWS, RESERVE_FIRST
from orders.models import Order
from orders.services import request_cancellation
from outbox.registry import Receiver
from testkit.disorder import Disorder, settle_in_disorder, some, vanish
from testkit.shop import Shop, outcome

SEEDS, SHARE = 500, 25
ONLY = os.environ.get("DISORDER_SEED")
"""The seed to run alone, after one has failed: its number stands in a note."""

DECLINED = "pm_card_chargeDeclined"
CARDS = [
    *("pm_card_visa", DECLINED, "pm_sandbox_silent_once", "pm_sandbox_lost_once"),
    "pm_sandbox_refund_silent_once",
]
TOO_MANY = 500


def end_in_order(units: int, card: str, flow: str) -> str:
    """Say how an order ends where nothing comes in between."""
    refusals = ["payment_declined"] * (card == DECLINED) + ["out_of_stock"] * (units == TOO_MANY)
    if flow == RESERVE_FIRST:
        refusals.reverse()
    return [*refusals, "confirmed"][0]


@pytest.mark.parametrize("first", [int(ONLY)] if ONLY else range(0, SEEDS, SHARE))
def test_deliveries_in_disorder_end_as_they_do_in_order(
    disorder: Disorder, first: int, settings: Settings
) -> None:
    def play_with_many_mugs(shop: Shop, chance: random.Random) -> None:
        shop.receive("MUG", 90)
        play(shop, chance, settings)

    disorder.over(play_with_many_mugs, seeds=range(first, first + (1 if ONLY else SHARE)))


def place(shop: Shop, chance: random.Random) -> tuple[Order, set[str]]:
    """Place an order; return it with the end that it has in order."""
    units, card = chance.choice((2, 2, 2, TOO_MANY)), chance.choice(CARDS)
    flow = chance.choice(sorted(FLOWS))
    order = shop.order({"MUG": units}, payment_method=card, flow=flow)
    return order, {end_in_order(units, card, flow)}


def cancel_at_a_bad_moment(chance: random.Random, order: Order) -> None:
    """Have a customer cancel while somebody holds what came before, and vanishes over it or not."""

    def cancel(_: Receiver | None = None) -> None:
        request_cancellation(order_id=order.id, reason_code="cancelled_by_customer")

    owed = some(chance)
    if owed and chance.random() < 0.5:
        vanish(chance, owed, cancel)
    else:
        cancel()


def play(shop: Shop, chance: random.Random, settings: Settings) -> None:
    """Place two orders, of which one may be cancelled on its way, and compare their ends."""
    settings.OUTBOX_FOLLOW_UP = chance.random() < 0.5
    settings.OUTBOX_BATCH = chance.choice((1, 2, 200))
    expected = dict(place(shop, chance) for _ in range(2))
    settle_in_disorder(chance, at_most=chance.randrange(25))
    if chance.random() < 0.5:
        order = chance.choice(list(expected))
        cancel_at_a_bad_moment(chance, order)
        expected[order] = expected[order] - {"confirmed"} | {"cancelled_by_customer"}
    settle_in_disorder(chance)
    for order, ends in expected.items():
        status, reason_code = outcome(order)
        assert (reason_code or status) in ends
